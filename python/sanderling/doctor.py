"""Check each part of an installation and name a remedy for each failure.

The engine is tried in a child process, because a build that does not suit the CPU kills its process without an error.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from . import config, optouts
from .device import profiles
from .disk import files
from .engines import EngineName
from .errors import SanderlingError
from .records import Record

LOW_DISK_BYTES = 1 << 30


class Finding(Record):
    """Result of one check."""

    part: str
    status: Literal["ok", "note", "fail"]
    message: str


def examine(memory: Path, model: str | None, engine: EngineName) -> tuple[Finding, ...]:
    """Run all checks and return their findings. A check that raises an error counts as failed.

    ``memory``: path of the memory file. ``model``: model to try; None: the smallest installed one.
    """
    checks: dict[str, Callable[[], tuple[Literal["ok", "note", "fail"], str]]] = {
        "core": _core,
        "profile": _profile,
        "disk": _disk,
        "telemetry": _telemetry,
        "files": lambda: _files(memory),
        "embedder": _embedder,
        "engine": lambda: _engine(model, engine),
        "memory": lambda: _memory(memory),
        "ranking": lambda: _ranking(memory),
        "languages": lambda: _languages(memory),
        "tiers": _tiers,
    }
    findings = []
    for part, check in checks.items():
        try:
            status, message = check()
        except (SanderlingError, OSError) as error:
            status, message = "fail", str(error)
        findings.append(Finding(part=part, status=status, message=message))
    return tuple(findings)


def _core() -> tuple[Literal["ok", "note"], str]:
    from . import _core as core

    message = f"sanderling {core.__version__}, kernels {core.kernels()}"
    if core.build_profile == "debug":
        return "note", f"{message}, a debug build: slow, build with --release"
    return "ok", message


def _profile() -> tuple[Literal["ok"], str]:
    chosen = profiles.detect()
    threads = f"{chosen.profile.threads_decode} threads ({chosen.profile.threads_prefill} prefill)"
    return "ok", f"{chosen.why}; {threads}, context {chosen.profile.n_ctx}"


def _disk() -> tuple[Literal["ok", "note"], str]:
    home = config.home()
    there = next(each for each in (home, *home.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    message = f"{free / 1e9:.1f} GB free at {home}"
    if not os.access(there, os.W_OK | os.X_OK):
        return "note", f"{message}, which cannot be written: no model is pulled and no telemetry kept"
    return ("ok", message) if free >= LOW_DISK_BYTES else ("note", f"{message}: a model may not fit")


def _telemetry() -> tuple[Literal["ok", "fail"], str]:
    if optouts.too_late:
        return "fail", "that of onnxruntime is on in this process: import sanderling before it"
    changed = [variable for variable in optouts.VARIABLES.values() if os.environ.get(variable) != "1"]
    if changed:
        return "fail", f"{' and '.join(changed)} no longer 1 in this process: leave it"
    return "ok", f"of libraries off ({', '.join(optouts.VARIABLES)}); Sanderling's own stays at {config.home()}"


def _files(memory: Path) -> tuple[Literal["ok", "note"], str]:
    home = config.home()
    kept = sorted({path for pattern in config.WORDS for path in home.glob(pattern)} | {home, memory})
    modes = [(path, stat.S_IMODE(path.stat().st_mode)) for path in kept if path.exists()]
    listed = ", ".join(f"{path if path in (home, memory) else path.name} {mode:04o}" for path, mode in modes)
    open_to_all = [str(path) for path, _ in modes if path.is_file() and files.open_to_all(path)]
    if open_to_all:
        return "note", f"every user of this machine can read {', '.join(open_to_all)}: chmod 600; modes: {listed}"
    return "ok", f"words of notes and questions are for you alone: {listed}"


def _embedder() -> tuple[Literal["ok"], str]:
    from .models import configured
    from .models.embedder import open_embedder

    embedder = open_embedder(configured.load().embedder)
    vector = embedder.embed(["a short text"])[0]
    return "ok", f"{embedder.id}, {len(vector)} dimensions"


def _engine(model: str | None, engine: EngineName) -> tuple[Literal["ok", "note", "fail"], str]:
    from .engines import cpu_variant
    from .engines.choose import resolve
    from .engines.probe import probe
    from .models import configured, fit, pick_quant, registry
    from .models.gguf import SYNTHETIC
    from .models.inventory import ModelInventory

    name = resolve(engine)
    generators = [found for found in registry.all_installed() if found.entry.ladder]
    if model is None and not generators:
        smallest = registry.ladder(configured.load().ladder)[0].id
        return "fail", f"no model is here: run  sanderling models pull {smallest}"
    detected = profiles.detect()
    chosen = pick_quant.resolve(model or min(generators, key=lambda found: found.bytes).entry.id, detected)
    spec = ModelInventory((chosen,), detected).load_spec(chosen.entry.id)
    fit.require(chosen.path, spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
    tried = probe(spec, engine)
    message = f"{tried.message} ({SYNTHETIC})" if chosen.synthetic else tried.message
    if tried.died and name == "sanderling_engine":
        # The CPU may claim what its system or hypervisor does not let it do.
        for variant in cpu_variant.PLAINER:
            if probe(msgspec.structs.replace(spec, cpu_variant=variant), engine).ok:
                return "fail", f"{message}; its kernels for older CPUs run here: set {cpu_variant.VARIABLE}={variant}"
    unused = cpu_variant.unused(detected.device.isa, tried.system_info) if tried.system_info else ()
    if unused:
        return "note", f"{message}; its kernels leave {', '.join(unused)} of this CPU unused: {cpu_variant.remedy()}"
    return "ok" if tried.ok else "fail", message


def _memory(path: Path) -> tuple[Literal["ok", "note", "fail"], str]:
    from .memory.store.store import Store

    if not path.exists():
        return "note", f"none at {path} yet: run  sanderling ingest FOLDER"
    store = Store.open_existing(path)
    try:
        problems, stats = store.integrity(), store.stats()
    finally:
        store.close()
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        return "fail", f"{path}: {problems[0]}{more}: run  sanderling memory repair"
    return "ok", f"{path}: {stats.documents} documents, {stats.nodes} nodes, {stats.edges} edges, whole"


def _ranking(path: Path) -> tuple[Literal["ok", "fail"], str]:
    from .memory.retrieve.ranker import ranker
    from .memory.store.identity import embedder_of

    found = ranker((embedder_of(path) if path.exists() else None) or "")
    return ("fail", found.warning) if found.warning else ("ok", f"notes are ranked by {found.name}")


def _languages(path: Path) -> tuple[Literal["ok", "note"], str]:
    from .memory.store.store import Store
    from .stages.languages import languages_of, note_of_languages

    if not path.exists():
        return "ok", "no notes yet"
    store = Store.open_existing(path)
    try:
        note = note_of_languages(store)
        return ("note", note) if note else ("ok", languages_of(store))
    finally:
        store.close()


def _tiers() -> tuple[Literal["ok", "note"], str]:
    from .models import configured
    from .tiers.describe import describe

    notes, message = describe(configured.load())
    return ("note" if notes else "ok"), "; ".join([*notes, message])
