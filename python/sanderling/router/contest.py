"""Keeps only the cheapest choice where several models of one rung offer the same context bin.

Routers choose a rung: of two models of the same size the one that costs less time and money is the better choice. The
price counts as time (:data:`~sanderling.models.candidate.MS_PER_UNIT`).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ..models.candidate import Candidate
from .choices import Choice, Choices


def cost_ms(choice: Choice) -> float:
    """Return the predicted time of a choice plus its price, in milliseconds."""
    return choice.predicted_ms + choice.candidate.price_ms(choice.context_tokens)


def contested(choices: Choices) -> Choices:
    """Mask all but the cheapest allowed choice of each rung and context.

    Among equally cheap choices this device's stays.
    """
    best: dict[tuple[int, str], Choice] = {}
    for choice in choices.allowed:
        place = (choice.candidate.rung, choice.context_bin)
        if place not in best or cost_ms(choice) < cost_ms(best[place]):
            best[place] = choice
    kept = {id(choice) for choice in best.values()}
    return Choices(
        every=tuple(
            choice
            if choice.masked or id(choice) in kept
            else replace(
                choice, masked=f"{best[choice.candidate.rung, choice.context_bin].candidate.model_id} costs less"
            )
            for choice in choices.every
        )
    )


def standing(candidates: Sequence[Candidate], choices: Choices, context_tokens: int) -> tuple[Candidate, ...]:
    """Return one candidate per rung, for the router's features.

    A tier's candidate stands for its rung if a choice allows it, else this device's candidate does. The candidate's
    price for ``context_tokens`` is part of the time that it seems to take, which is what routers weigh.
    """
    found: dict[int, Candidate] = {}
    for candidate in candidates:
        allowed = any(choice.candidate is candidate for choice in choices.allowed)
        if candidate.rung not in found or (candidate.remote and allowed):
            if candidate.remote and not allowed:
                continue
            price_ms = candidate.price_ms(context_tokens)
            found[candidate.rung] = replace(candidate, round_trip_ms=candidate.round_trip_ms + price_ms)
    return tuple(found.values())
