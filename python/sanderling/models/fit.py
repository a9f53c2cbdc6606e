"""Compares a model's memory needs with the free RAM.

The needs are from ``footprint.py``, the free RAM is from ``device``. ``fits``: there is room for the predicted peak and
a tenth more, the uncertainty of a prediction. ``tight``: there is room for the working set only, so the system must
first reclaim pages of the file that are not read again; afterwards the speed is the same. ``no``: the model would read
from disk at every token, or be killed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from .. import device
from ..device import available_ram_bytes
from ..device.profiles import Detected
from ..errors import OutOfMemory
from ..records import KvType, Record
from . import header_cache, registry
from .engine_isa import engine_isa
from .footprint import DEFAULT_UBATCH, Footprint, footprint
from .gguf import GgufHeader
from .offload import offloaded
from .repack import Rows, repacked_types

Verdict = Literal["fits", "tight", "no"]

UNCERTAINTY = 1.1
"""Safety factor on a predicted peak. Predicted and measured peaks differ by less than a tenth (``footprint.py``)."""
SHORTEST_CONTEXT = 512
"""Shortest context ever proposed, in tokens. A shorter one would not hold a question and one note."""


class Fit(Record):
    """A model's memory needs and the free memory."""

    footprint: Footprint
    available_bytes: int

    @property
    def verdict(self) -> Verdict:
        """How well the model fits the free memory: ``fits``, ``tight`` or ``no``."""
        return verdict(self.footprint, self.available_bytes)


def verdict(wanted: Footprint, available_bytes: int) -> Verdict:
    """Return how well a footprint fits the free bytes: ``fits``, ``tight`` or ``no``."""
    if wanted.peak_rss_bytes * UNCERTAINTY <= available_bytes:
        return "fits"
    return "tight" if wanted.working_set_bytes <= available_bytes else "no"


def footprint_of(
    header: GgufHeader,
    n_ctx: int,
    *,
    isa: Collection[str] | None = None,
    gpu: bool = False,
    kv_type: KvType = "f16",
    n_ubatch: int = DEFAULT_UBATCH,
) -> Footprint:
    """Return a model's memory needs with a context of ``n_ctx`` tokens.

    ``isa`` None: the instruction sets that the engine uses on this device. ``gpu``: the layers are on a GPU, where no
    weights are rearranged.
    """
    types = repacked_types(() if gpu else this_isa() if isa is None else isa)
    return footprint(header, n_ctx, types, kv_type=kv_type, n_ubatch=n_ubatch)


def rearranged_types(detected: Detected, engine: str | None = None) -> Mapping[int, Rows]:
    """Return the ggml types that an engine rearranges on a device.

    In the form of :func:`repacked_types`. On a GPU there are none. ``engine``: see
    :func:`~sanderling.models.engine_isa.engine_isa`.
    """
    return repacked_types(() if offloaded(detected, engine) else engine_isa(detected.device, engine))


@lru_cache(maxsize=1)
def this_isa() -> tuple[str, ...]:
    """Return this device's instruction sets that the engine uses. They are read only once."""
    return engine_isa(device.read())


def header_of(path: Path) -> GgufHeader:
    """Return the header of a model file. It is kept until the file changes. Raises ModelUnavailable."""
    return header_cache.header_of(path)


def needed_bytes(path: Path, n_ctx: int) -> int:
    """Return a model's working set in bytes, with a context of ``n_ctx`` tokens.

    Raises ModelUnavailable for an unusable file.
    """
    return footprint_of(header_of(path), n_ctx).working_set_bytes


def require(path: Path, n_ctx: int, *, kv_type: KvType = "f16", n_ubatch: int = DEFAULT_UBATCH) -> Fit:
    """Check that a model fits in the free RAM, at least tightly.

    Returns its footprint and the free RAM. Raises OutOfMemory, which suggests a smaller context or the largest
    installed model that fits, and ModelUnavailable for an unusable file.
    """
    wanted = footprint_of(header_of(path), n_ctx, kv_type=kv_type, n_ubatch=n_ubatch)
    fit = Fit(footprint=wanted, available_bytes=available_ram_bytes())
    if fit.verdict != "no":
        return fit
    raise OutOfMemory(
        f"{path.name} needs {fit.footprint.working_set_bytes / 1e9:.2f} GB with a context of {n_ctx} tokens and"
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
    return "free memory, or pull a smaller model (sanderling models fit)"
