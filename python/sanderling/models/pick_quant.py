"""Chooses the quantization of a model for a device, and gives the reason.

The profile's order holds, with two exceptions. Q4_0 comes first if the processor has kernels for its rearranged blocks,
and last otherwise. If Q4_K_M would be chosen and RAM allows, Q5_K_M replaces it, being closer to the original.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..device import available_ram_bytes
from ..device.profiles import Detected
from . import fit, registry
from .entries import ModelEntry
from .footprint import Footprint
from .known_header import guess, known_header
from .registry import InstalledModel
from .repack import repacked_types
from .synth.mix import Q4_0

ROOMY = 2
"""Q5_K_M replaces Q4_K_M if the free RAM is at least this many times the predicted peak."""


class PickedQuant(NamedTuple):
    """The chosen quantization, and the reason in one line for people to read."""

    quant: str
    why: str


def pick_quant(
    entry: ModelEntry, detected: Detected, available_bytes: int, among: Sequence[str] | None = None
) -> PickedQuant:
    """Choose a quantization of a model for a device.

    ``among`` None: all its quantizations. Raises ModelUnavailable for a damaged file.
    """
    quants = tuple(among or entry.quants)
    if len(quants) == 1:
        return PickedQuant(quants[0], "the only one there is" if among is None else "the only one that is here")
    order, why = _order(entry, detected, quants)
    footprints = {quant: _footprint(entry, quant, detected) for quant in order}
    first = order[0]
    better = "Q5_K_M"
    if first == "Q4_K_M" and better in footprints and footprints[better].peak_rss_bytes * ROOMY <= available_bytes:
        return PickedQuant(better, f"{why}; RAM allows more than Q4_K_M, closer to the original")
    for verdict in ("fits", "tight"):
        for quant in order:
            if fit.verdict(footprints[quant], available_bytes) == verdict:
                passed = f"; {first} does not fit" if quant != first and verdict == "fits" else ""
                return PickedQuant(quant, f"{why}{passed}" + ("" if verdict == "fits" else "; a tight fit"))
    least = min(order, key=lambda quant: footprints[quant].working_set_bytes)
    return PickedQuant(least, "none fits the free RAM; this is the smallest")


def resolve(name: str, detected: Detected) -> InstalledModel:
    """Return the installed model with the path or id ``name``, in its best installed quantization.

    Raises the errors of :func:`sanderling.models.registry.resolve`.
    """
    found = registry.resolve(name)
    if not found.entry.ladder:
        return found
    return installed(found.entry.id, detected, available_ram_bytes()) or found


def installed(model_id: str, detected: Detected, available_bytes: int) -> InstalledModel | None:
    """Return a model in its best installed quantization; None if the model is not installed.

    Raises UsageError for an unknown id, ModelUnavailable for a damaged file.
    """
    entry = registry.get(model_id)
    here = [quant for quant in entry.quants if registry.installed(model_id, quant) is not None]
    if not here or not entry.ladder:
        return registry.installed(model_id)
    return registry.installed(model_id, pick_quant(entry, detected, available_bytes, here).quant)


def _order(entry: ModelEntry, detected: Detected, quants: tuple[str, ...]) -> tuple[list[str], str]:
    """Return ``quants`` sorted, best first, and the reason why the first is best."""
    profile = detected.profile
    by_size = sorted(quants, key=lambda quant: sum(file.size_bytes for file in entry.files_of(quant)))
    order = [quant for quant in profile.quants if quant in quants]
    order += [quant for quant in by_size if quant not in order]
    gpu = profile.gpu_layers != 0
    rearranged = not gpu and Q4_0 in repacked_types(detected.device.isa)
    if "Q4_0" in order and rearranged:
        isa = ", ".join(name for name in ("avx2", "i8mm", "dotprod") if name in detected.device.isa)
        return ["Q4_0", *(quant for quant in order if quant != "Q4_0")], f"the CPU rearranges Q4_0 ({isa})"
    order = [*(quant for quant in order if quant != "Q4_0"), *(quant for quant in order if quant == "Q4_0")]
    if gpu:
        return order, "the layers are on the GPU, for which Q4_0 is no faster"
    return order, "the CPU has no kernels for rearranged Q4_0"


def _footprint(entry: ModelEntry, quant: str, detected: Detected) -> Footprint:
    profile = detected.profile
    n_ctx = min(profile.n_ctx, entry.context_tokens or profile.n_ctx)
    known = known_header(entry, quant)
    if known is None:
        return guess(entry, quant, n_ctx)
    return fit.footprint_of(known[1], n_ctx, isa=detected.device.isa, gpu=profile.gpu_layers != 0)
