"""Adds a model that the package does not know.

It is a file used in place, or one of a Hugging Face repository.

::

    FILE ─────────────────────────────────► propose ─► fit ─► trial ─► the user's models.toml
    REPO[:QUANT] ─► header ─► fit ─► pull ─┘
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from ..device import available_ram_bytes, profiles
from ..device.profiles import Detected
from ..disk.files import of_user
from ..errors import ModelUnavailable, OutOfMemory, UsageError
from ..records import Record
from . import fit, registry, user_models
from .download import pull
from .download.partial import sha256_of
from .download.remote_header import read_remote_header
from .download.repository import is_name, read_repository, safe
from .entries import HubSource, ModelEntry
from .gguf import GgufHeader
from .offload import offloaded
from .propose import Proposal, file_in_place, propose

DEFAULT_LADDER = "mine"
"""Default ladder for a model that is given only a rung."""


class Wanted(Record):
    """The user's choices for a model to add. Empty values are chosen here."""

    model_id: str = ""
    ladder: str = ""
    rung: int = 0
    chat_format: str = ""
    thinking_tokens: int = 0
    anyway: bool = False
    """Whether to add a model that does not fit the free RAM."""


class Added(Record):
    """An added model, the origin of its parts, and whether the model fits the RAM."""

    entry: ModelEntry
    path: Path
    chat: str
    exact: bool
    sampling: str
    needed_bytes: int
    available_bytes: int
    verdict: fit.Verdict
    replaces: bool
    """Whether a known model with this id is replaced."""


Trial = Callable[[ModelEntry, Path], object]
"""Function that tries a proposed model. It raises an error to refuse it."""


def add(source: str, wanted: Wanted, *, trial: Trial, on_progress: pull.OnProgress = lambda _: None) -> Added:
    """Add a model to the user's models.

    ``source``: a file, or OWNER/NAME[:QUANT]. Raises UsageError for what is neither and for a model that cannot answer,
    ModelUnavailable for a damaged file, OutOfMemory for a model that does not fit, DownloadError, MissingExtra,
    StorageFull, and what ``trial`` raises. Whatever is raised, the user's models are as before.
    """
    if wanted.model_id and safe(wanted.model_id) != wanted.model_id:
        raise UsageError(f"{wanted.model_id!r} cannot be an id: use letters, digits, dots and dashes")
    detected, path = profiles.detect(), of_user(source)
    name, _, quant = source.partition(":")
    if path.exists() or path.suffix == ".gguf" or not is_name(name):
        if not path.exists():
            raise UsageError(f"{source} is neither a file here nor OWNER/NAME[:QUANT] on Hugging Face")
        return _add_file(path, wanted, detected, trial)
    return _add_from_hub(name, quant, wanted, detected, trial, on_progress)


def _add_file(path: Path, wanted: Wanted, detected: Detected, trial: Trial) -> Added:
    plain = file_in_place(path, "0" * 64)  # hashed only when all else is well: that reads the whole file
    proposal = _proposed(path, plain.name, wanted, plain, "")
    verdict = _fits(proposal.header, wanted, detected)
    trial(proposal.entry, path)
    entry = replace(proposal.entry, files=(file_in_place(path, sha256_of(path)),))
    return _written(replace(proposal, entry=entry), path, verdict)


def _add_from_hub(
    name: str, quant: str, wanted: Wanted, detected: Detected, trial: Trial, on_progress: pull.OnProgress
) -> Added:
    repository = read_repository(name)
    file = repository.pick(quant, detected.profile.quants)
    (source,) = file.sources
    model_id = wanted.model_id or safe(name.partition("/")[2].lower().removesuffix("-gguf"))
    _free(model_id)
    if isinstance(source, HubSource):
        _fits(read_remote_header(source), wanted, detected)
    folder = registry.folder(model_id)
    was_there = folder.exists()
    pull.bring(file, folder, on_progress)
    try:
        proposal = _proposed(
            folder / file.name, file.name, replace(wanted, model_id=model_id), file, repository.licence
        )
        verdict = _fits(proposal.header, wanted, detected)
        trial(proposal.entry, folder / file.name)
        entry = replace(proposal.entry, files=repository.files, default_quant=file.quant)
        return _written(replace(proposal, entry=entry), folder / file.name, verdict)
    except Exception:
        if not was_there:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _proposed(path: Path, name: str, wanted: Wanted, file, licence: str) -> Proposal:  # type: ignore[no-untyped-def]
    model_id = wanted.model_id or safe(name.removesuffix(".gguf").lower())
    proposal = propose(
        path,
        file,
        model_id=model_id,
        licence=licence,
        chat_format=wanted.chat_format,
        thinking_tokens=wanted.thinking_tokens,
    )
    ladder, rung = _place(wanted, model_id)
    return replace(proposal, entry=replace(proposal.entry, ladder=ladder, rung=rung))


def _place(wanted: Wanted, model_id: str) -> tuple[str, int]:
    """Return the ladder and rung of a model.

    If only the ladder is asked for, the rung is above the others. Raises UsageError for a rung that another model has.
    """
    if not wanted.ladder and not wanted.rung:
        return "", 0
    ladder = wanted.ladder or DEFAULT_LADDER
    others = {
        entry.rung: entry.id for entry in registry.entries().values() if entry.ladder == ladder and entry.id != model_id
    }
    rung = wanted.rung or max(others, default=0) + 1
    if rung in others:
        raise UsageError(f"rung {rung} of {ladder} is {others[rung]}: choose another one, or leave --rung away")
    return ladder, rung


def _free(model_id: str) -> None:
    """Raise UsageError if the id belongs to one of our models. Its folder holds our files."""
    if model_id in registry.ours():
        raise UsageError(f"{model_id} is a model that Sanderling knows: pull it, or choose another id with --id")


def _fits(header: GgufHeader, wanted: Wanted, detected: Detected) -> tuple[int, int, fit.Verdict]:
    """Return the working set, the free RAM, and the verdict.

    The working set has the profile's context. Raises OutOfMemory.
    """
    n_ctx = min(detected.profile.n_ctx, header.context_length or detected.profile.n_ctx)
    footprint = fit.footprint_of(header, n_ctx, gpu=offloaded(detected))
    available = available_ram_bytes()
    verdict = fit.verdict(footprint, available)
    if verdict == "no" and not wanted.anyway:
        raise OutOfMemory(
            f"it needs {footprint.working_set_bytes / 1e9:.2f} GB with a context of {n_ctx} tokens and"
            f" {available / 1e9:.2f} GB are free: choose a smaller quantization, or add it with --anyway"
        )
    return footprint.working_set_bytes, available, verdict


def _written(proposal: Proposal, path: Path, fits: tuple[int, int, fit.Verdict]) -> Added:
    entry = proposal.entry
    _free(entry.id)
    if entry.parameters < 1 or not entry.files:
        raise ModelUnavailable(f"{path} has no weights: choose another file")
    replaces = entry.id in registry.entries()
    user_models.add(entry)
    needed, available, verdict = fits
    return Added(
        entry=entry,
        path=path,
        chat=proposal.chat,
        exact=proposal.exact,
        sampling=proposal.sampling,
        needed_bytes=needed,
        available_bytes=available,
        verdict=verdict,
        replaces=replaces,
    )
