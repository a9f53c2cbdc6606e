"""Says whether a model runs in the RAM that is left.

``needed = file + cache + overhead``: the whole file is touched at every token; the cache is keys and values of
``n_ctx`` tokens in f16 plus the recurrent state. Where llama.cpp repacks weights for the processor it holds a second
copy of them, but never touches the first again, and the system takes those pages back: resident memory may read up to
twice the file (seen with Qwen2.5 1.5B: 1.95 GB for 1.12), while the working set is what is counted here. It is the
least a model runs in without reading from disk at every token, not a comfortable size.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ..device import available_ram_bytes
from ..errors import OutOfMemory
from ..records import Record
from . import registry
from .gguf import read_header

OVERHEAD_BYTES = 192 << 20
"""Interpreter, llama.cpp and one batch of activations. Peak resident memory above file and cache was 135 to 180 MB with
SmolLM2 135M, Gemma 3 270M and Qwen2.5 0.5B (llama-cpp-python 0.3.36, x86-64); wider models need some tens more."""
SHORTEST_CONTEXT = 512
"""Below this no context is proposed: question and one note would not fit."""


class Fit(Record):
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
    return header.file_bytes + cache + OVERHEAD_BYTES


def check(path: Path, n_ctx: int) -> Fit:
    """Compare need and RAM now. Raises ModelUnavailable for an unusable file."""
    return Fit(needed_bytes=needed_bytes(path, n_ctx), available_bytes=available_ram_bytes())


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
    while shorter >= SHORTEST_CONTEXT and needed_bytes(path, shorter) > available:
        shorter //= 2
    if shorter >= SHORTEST_CONTEXT:
        return f"try a context of {shorter} tokens"
    others = [model for model in registry.all_installed() if model.entry.chat_format and model.path != path]
    fitting = [model for model in others if needed_bytes(model.path, n_ctx) <= available]
    if fitting:
        return f"use {max(fitting, key=lambda model: model.bytes).entry.id}, which fits"
    return "free memory, or pull a smaller model (sanderling models list)"
