"""Plans how a device should load a model.

Every parameter of the engine has a reason. A plan follows from the profile (what suits the kind of device), the device
(what it has) and the header (what the model takes). It is made once, when a memory is opened: a loaded model reduces
the free RAM, so a plan that followed the free RAM would reload the model.
"""

from __future__ import annotations

from ..device import Device, profiles
from ..device.profiles import Detected, Profile
from ..records import KvType, Record
from . import fit
from .engine_isa import engine_isa
from .gguf import GgufHeader
from .offload import offloaded, why_offloaded

BATCHES = (512, 256, 128)
LONGEST_BATCH_S = 1.0
"""Longest time for one batch, in seconds.

A batch cannot be interrupted. Smaller batches cost little: 512, 256 and 128 tokens at a time gave 124, 124 and 123
tokens per CPU second with LFM2-350M Q4_0, 156, 155 and 153 with Q4_K_M, 153, 153 and 153 with SmolLM2 135M (x86-64, one
thread, llama-cpp-python 0.3.36, alternating in one process).
"""
SHORTEST_CONTEXT = 1024
"""Shortest planned context, in tokens.

A shorter one would not hold the smallest context bin, instructions and an answer.
"""
_KV_TYPES: tuple[KvType, ...] = ("f16", "q8_0")


class Plan(Record):
    """Parameters for loading a model file, with reasons."""

    threads_decode: int
    threads_prefill: int
    cpus: tuple[int, ...]
    """Logical CPUs to which threads are pinned; empty: none."""
    gpu_layers: int
    n_ctx: int
    kv_type: KvType
    n_batch: int
    """Logical and physical batch size, in tokens. With a single sequence, different sizes gain nothing."""
    needed_bytes: int
    """Size of the working set in bytes. It is the least memory that the model needs."""
    why: dict[str, str]
    """Reason for each field above, in one line."""


def plan(
    header: GgufHeader,
    detected: Detected,
    available_bytes: int,
    *,
    trained_tokens: int = 0,
    prefill_tokens_per_s: float,
    n_threads: int | None = None,
    engine: str | None = None,
) -> Plan:
    """Choose a device's parameters for loading a model.

    ``trained_tokens``: longest context the model was trained for; 0: not known. ``prefill_tokens_per_s``: measured or
    predicted speed. ``n_threads`` None: by the profile, separately for prefill and decode. ``engine`` None: the best
    that is installed.
    """
    profile, this = detected.profile, detected.device
    why: dict[str, str] = {}
    decode, why["threads_decode"] = _threads("decode", detected, n_threads)
    prefill, why["threads_prefill"] = _threads("prefill", detected, n_threads)
    cpus, why["cpus"] = _cpus(detected, max(decode, prefill))
    gpu, why["gpu_layers"] = offloaded(detected, engine), why_offloaded(detected, engine)
    n_batch, why["n_batch"] = batch(prefill_tokens_per_s)
    n_ctx, kv_type, why["n_ctx"], why["kv_type"] = _context(
        header, profile, this, available_bytes, trained_tokens, n_batch, gpu
    )
    footprint = fit.footprint_of(
        header, n_ctx, isa=engine_isa(this), gpu=gpu, kv_type=kv_type, n_ubatch=min(n_batch, n_ctx)
    )
    return Plan(
        threads_decode=decode,
        threads_prefill=prefill,
        cpus=cpus,
        gpu_layers=profile.gpu_layers if gpu else 0,
        n_ctx=n_ctx,
        kv_type=kv_type,
        n_batch=n_batch,
        needed_bytes=footprint.working_set_bytes,
        why=why,
    )


def _threads(phase: str, detected: Detected, asked: int | None) -> tuple[int, str]:
    if asked:
        return asked, "asked for"
    this = detected.device
    chosen = detected.profile.threads_decode if phase == "decode" else detected.profile.threads_prefill
    as_written = profiles.load(detected.profile.name)
    wanted = as_written.threads_decode if phase == "decode" else as_written.threads_prefill
    if wanted == 0:
        limit = f", within a quota of {this.cpu_quota:g} CPUs" if this.cpu_quota is not None else ""
        return chosen, f"one for each big physical core this process may use{limit}"
    if chosen < wanted:
        return chosen, f"the profile says {wanted}, this process may use {chosen}"
    return chosen, f"as the profile says for {phase}"


def _cpus(detected: Detected, threads: int) -> tuple[tuple[int, ...], str]:
    if detected.profile.affinity == "all":
        return (), "the profile does not pin threads"
    if detected.device.os == "darwin":
        return (), "macOS pins no threads"
    cpus = detected.pinned_cpus
    if not cpus:
        return (), "the system does not say which cores are big"
    if threads > len(cpus):
        # Pinned threads would share cores and wait for each other.
        return (), f"{threads} threads are more than the {len(cpus)} big cores"
    return cpus, "the big cores: one slow core makes every token wait"


def batch(prefill_tokens_per_s: float) -> tuple[int, str]:
    """Return the batch size in tokens, and its reason."""
    for size in BATCHES:
        if size <= prefill_tokens_per_s * LONGEST_BATCH_S:
            break
    seconds = size / prefill_tokens_per_s
    return size, f"{seconds:.1f} s at {prefill_tokens_per_s:,.0f} tokens/s of prefill, in which nothing is cancelled"


def _context(
    header: GgufHeader,
    profile: Profile,
    this: Device,
    available_bytes: int,
    trained_tokens: int,
    n_batch: int,
    gpu: bool,
) -> tuple[int, KvType, str, str]:
    """Return the context length, the cache type, and the reason for each.

    Both fit the RAM. Tries the longest context first, and for each context the exact type first.
    """
    wanted = min(profile.n_ctx, trained_tokens or profile.n_ctx)
    limit = f"{trained_tokens} is what it was trained for" if wanted < profile.n_ctx else "as the profile says"
    n_ctx = wanted
    while n_ctx >= min(SHORTEST_CONTEXT, wanted):
        for kv_type in _KV_TYPES:
            footprint = fit.footprint_of(
                header, n_ctx, isa=engine_isa(this), gpu=gpu, kv_type=kv_type, n_ubatch=n_batch
            )
            if fit.verdict(footprint, available_bytes) != "no":
                shorter = limit if n_ctx == wanted else f"{wanted} do not fit the free RAM"
                exact = "exact" if kv_type == "f16" else "in 16 bits it does not fit; 8 take half"
                return n_ctx, kv_type, shorter, exact
        n_ctx //= 2
    return wanted, "f16", f"{limit}; no context fits the free RAM", "exact"
