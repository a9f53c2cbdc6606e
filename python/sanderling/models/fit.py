"""Says whether a model runs in the RAM that is left.

``needed = file + cache + compute + process``: the file is mapped and touched whole at every token; the cache is keys
and values of ``n_ctx`` tokens in f16 plus the recurrent state; the compute buffer is led by the logits of one batch
in f32; the process is the worker itself. A model that fits barely would still page, so this is the least, not a
comfortable size.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ..errors import OutOfMemory
from ..records import Record
from . import registry
from .gguf import read_header
from .ram import available_bytes

PROCESS_BYTES = 96 << 20
"""Interpreter with llama.cpp (38 MiB on x86-64) and the activations of one batch, 20 to 50 MiB at these model sizes."""
N_UBATCH = 512
"""Tokens llama.cpp computes at once by default; it reserves their logits when a context is made."""


class Fit(Record, frozen=True):
    """A comparison of what a model needs with what is left."""

    needed_bytes: int
    available_bytes: int

    @property
    def verdict(self) -> Literal["fits", "too_large"]:
        """Whether the need is met."""
        return "fits" if self.needed_bytes <= self.available_bytes else "too_large"


def needed_bytes(path: Path, n_ctx: int) -> int:
    """Return what a model needs with a context of ``n_ctx`` tokens. Raises ModelUnavailable for an unusable file."""
    header = read_header(path)
    cache = header.kv_bytes_per_token * n_ctx + header.recurrent_bytes
    logits = min(n_ctx, N_UBATCH) * header.vocab_size * 4
    return header.file_bytes + cache + logits + PROCESS_BYTES


def check(path: Path, n_ctx: int) -> Fit:
    """Compare need and RAM now. Raises ModelUnavailable for an unusable file."""
    return Fit(needed_bytes=needed_bytes(path, n_ctx), available_bytes=available_bytes())


def require(path: Path, n_ctx: int) -> Fit:
    """Return the comparison if the model fits.

    Raises OutOfMemory naming a smaller context or the largest pulled model that fits; ModelUnavailable for an
    unusable file.
    """
    fit = check(path, n_ctx)
    if fit.verdict == "fits":
        return fit
    raise OutOfMemory(
        f"{path.name} needs {fit.needed_bytes / 1e9:.2f} GB with a context of {n_ctx} tokens and"
        f" {fit.available_bytes / 1e9:.2f} GB are left: {_remedy(path, n_ctx, fit.available_bytes)}"
    )


def _remedy(path: Path, n_ctx: int, available: int) -> str:
    shorter = n_ctx // 2
    while shorter >= N_UBATCH and needed_bytes(path, shorter) > available:
        shorter //= 2
    if shorter >= N_UBATCH:
        return f"try a context of {shorter} tokens"
    others = [model for model in registry.all_installed() if model.entry.chat_format and model.path != path]
    fitting = [model for model in others if needed_bytes(model.path, n_ctx) <= available]
    if fitting:
        return f"use {max(fitting, key=lambda model: model.bytes).entry.id}, which fits"
    return "free memory, or pull a smaller model (sanderling models list)"
