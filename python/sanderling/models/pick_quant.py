"""Chooses a model's quantization for a device, and gives the reason.

On a CPU for which the engine has kernels for rearranged weights, the quickest quantization is chosen, by the time
predicted for a question (:mod:`~sanderling.models.quant_cost`); of those about as quick, the one closest to the
original. Where no times are known, files that are rearranged come first, Q4_0 before others. Elsewhere the profile's
order holds, with Q4_0 last; if Q4_K_M would be chosen and RAM allows, Q5_K_M replaces it, being closer to the original.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..device import available_ram_bytes, profiles
from ..device.profiles import Detected
from . import fit, registry
from .engine_isa import engine_isa, is_own
from .entries import ModelEntry, PathSource
from .footprint import Footprint, footprint
from .known_header import guess, known_header
from .offload import offloaded
from .quant_cost import ANSWER_TOKENS, PROMPT_TOKENS, Cost, cost_of, costs, of_question
from .registry import InstalledModel
from .repack import rearranged_share, repacked_types
from .speeds import predicted_speeds

ROOMY = 2
"""Free RAM, as a multiple of the predicted peak, from which Q5_K_M replaces Q4_K_M."""
NEAR = 1.1
"""Ratio of times up to which two quantizations count as equally fast. Predictions are no better."""
MOSTLY = 0.5
"""Share of rearranged bytes from which a file counts as rearranged. It decides where times are not known."""
BY_QUALITY = (
    *("Q2_K", "Q3_K_S", "Q3_K_M", "Q3_K_L", "Q4_0", "Q4_1", "IQ4_NL", "Q4_K_S", "Q4_K_M", "Q5_0", "Q5_1", "Q5_K_S"),
    *("Q5_K_M", "Q6_K", "Q8_0", "F16", "BF16", "F32"),
)
"""Quantizations in order of bits per weight, fewest first."""


class PickedQuant(NamedTuple):
    """A chosen quantization and the reason in one line."""

    quant: str
    why: str


def pick_quant(
    entry: ModelEntry,
    detected: Detected,
    available_bytes: int,
    among: Sequence[str] | None = None,
    engine: str | None = None,
) -> PickedQuant:
    """Choose a quantization of a model for a device.

    ``among`` None: all its quantizations. ``engine`` None: the best that is installed. Raises ModelUnavailable for a
    damaged file.
    """
    quants = tuple(among or entry.quants)
    if len(quants) == 1:
        return PickedQuant(quants[0], "the only one there is" if among is None else "the only one that is here")
    order, why = _order(entry, detected, quants, engine)
    footprints = {quant: _footprint(entry, quant, detected, engine) for quant in order}
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


def resolve(name: str, detected: Detected, engine: str | None = None) -> InstalledModel:
    """Return the installed model with the path or id ``name``.

    In its best installed quantization. ``engine`` None: the best that is installed. Raises the errors of
    :func:`sanderling.models.registry.resolve`.
    """
    found = registry.resolve(name)
    if not found.entry.ladder:
        return found
    return installed(found.entry.id, detected, available_ram_bytes(), engine) or found


def installed(
    model_id: str, detected: Detected, available_bytes: int, engine: str | None = None
) -> InstalledModel | None:
    """Return a model in its best installed quantization, or None.

    None if the model is not installed. Raises UsageError for an unknown id, ModelUnavailable for a damaged file.
    """
    entry, here = registry.here(model_id), registry.installed_quants(model_id)
    if not here or not entry.ladder:
        return registry.installed(model_id)
    return registry.installed(model_id, pick_quant(entry, detected, available_bytes, here, engine).quant)


def _order(entry: ModelEntry, detected: Detected, quants: tuple[str, ...], engine: str | None) -> tuple[list[str], str]:
    """Return ``quants`` sorted, best first, and the reason for the first."""
    profile = detected.profile
    isa, gpu = engine_isa(detected.device, engine), offloaded(detected, engine)
    if not gpu and repacked_types(isa):
        times = _question_ms(entry, detected, quants, costs(isa, own=is_own(engine)))
        if times is not None:
            by_time = sorted(quants, key=lambda quant: times[quant])
            near = [quant for quant in by_time if times[quant] <= NEAR * times[by_time[0]]]
            first = max(near, key=lambda quant: _quality(entry, quant))
            why = f"about {times[first]:,.0f} ms a question with kernels for {_kernels(isa)}"
            closer = (
                f", {by_time[0]} is hardly quicker and less exact" if first != by_time[0] else ", the quickest here"
            )
            return [first, *(quant for quant in by_time if quant != first)], why + closer
    by_size = sorted(quants, key=lambda quant: sum(file.size_bytes for file in entry.files_of(quant)))
    order = [quant for quant in profile.quants if quant in quants]
    order += [quant for quant in by_size if quant not in order]
    q4_0_last = sorted(order, key=lambda quant: quant == "Q4_0")
    if gpu:
        return q4_0_last, "the layers are on the GPU, for which Q4_0 is no faster"
    if not repacked_types(isa):
        return q4_0_last, "the engine has no kernels for rearranged weights on this CPU"
    shares = {quant: _rearranged_share(entry, quant, isa) for quant in order}
    order.sort(key=lambda quant: (shares[quant] < MOSTLY, quant != "Q4_0"))
    return order, f"{shares[order[0]]:.0%} of it is rearranged for {_kernels(isa)}"


def _rearranged_share(entry: ModelEntry, quant: str, isa: tuple[str, ...]) -> float:
    known = known_header(entry, quant)
    # Without a header the name has to do.
    return rearranged_share(known[1], repacked_types(isa)) if known else float(quant == "Q4_0")


def _question_ms(
    entry: ModelEntry, detected: Detected, quants: tuple[str, ...], by_type: Mapping[int, Cost]
) -> dict[str, float] | None:
    """Predict the time of a question in each quantization, in milliseconds.

    None if one has a cost that is not known. Only the order counts: measured speeds are used if all were measured,
    because a prediction may be off by far.
    """
    profile = detected.profile
    q4_0_bytes = round(entry.parameters * profiles.Q4_0_BYTES_PER_PARAMETER)
    q4_0_tokens_per_s = profiles.predict(profile, q4_0_bytes, entry.parameters).decode_tokens_per_s
    predicted, measured = {}, {}
    for quant in quants:
        known = known_header(entry, quant)
        cost = cost_of(known[1], by_type) if known else None
        if cost is None:
            return None
        predicted[quant] = 1000 * of_question(cost, profile.prefill_ratio) / q4_0_tokens_per_s
        size = sum(file.size_bytes for file in entry.files_of(quant))
        speeds = predicted_speeds(profile, entry, size, quant)
        if speeds.measured:
            prefill_s = PROMPT_TOKENS / speeds.prefill_tokens_per_s
            measured[quant] = 1000 * (prefill_s + ANSWER_TOKENS / speeds.decode_tokens_per_s)
    return measured if len(measured) == len(quants) else predicted


def _quality(entry: ModelEntry, quant: str) -> tuple[bool, int]:
    """Return a sort key: larger for a quantization closer to the original.

    One that was made on this device has lost precision twice.
    """
    pulled = not isinstance(entry.files_of(quant)[0].sources[0], PathSource)
    return pulled, BY_QUALITY.index(quant) if quant in BY_QUALITY else -1


def _kernels(isa: tuple[str, ...]) -> str:
    return ", ".join(name for name in ("avx512_vnni", "avx2", "i8mm", "dotprod") if name in isa)


def _footprint(entry: ModelEntry, quant: str, detected: Detected, engine: str | None) -> Footprint:
    profile = detected.profile
    n_ctx = min(profile.n_ctx, entry.context_tokens or profile.n_ctx)
    known = known_header(entry, quant)
    if known is None:
        return guess(entry, quant, n_ctx)
    return footprint(known[1], n_ctx, fit.rearranged_types(detected, engine))
