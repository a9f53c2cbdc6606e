"""Fits the rule's context to the question's words: a larger one if it shows more of them, a tiny one if that shows all.

How long the right note is, and in which sentence it answers, is known only when the context is packed. A word of the
question that a larger context shows and a small one does not is a sign that the answer is there too. Of 300 xquad
questions, whose notes are long, a context of 96 tokens held the answer to 84 %, one that grew this way to 93 %, as one
of 256 did; half of them did not grow. Where the rule expects that several notes are needed but 96 tokens show all
words, they held the answer as often as 256 did (``bench_device/LOG.md``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from ..constraints import Constraints
from ..records import CONTEXT_BINS, Block, ContextBin, Route
from ..text.sentences import stems

SMALLEST: ContextBin = "tiny"
LARGEST: ContextBin = "medium"
MOST_MS = 800.0
"""Most time that growing may take. A model that reads more slowly keeps what it has, and its draft tells better whether
more is needed (:mod:`sanderling.router.verifier`)."""


def larger(
    route: Route,
    constraints: Constraints,
    sizes: Mapping[ContextBin, int],
    n_ctx: int,
    prefill_tokens_per_s: float,
) -> tuple[tuple[ContextBin, int], ...]:
    """Return the larger contexts that ``route`` may use, smallest first.

    Each has its number of tokens. Empty where the caller set a context or a time, where another router than the rule
    chose, and where the choice was drawn at random. ``sizes``: tokens by name. ``n_ctx``: the model's context, half of
    which is left for the rest.
    """
    if not _free(route, constraints):
        return ()
    names = CONTEXT_BINS[CONTEXT_BINS.index(route.context_bin) + 1 : CONTEXT_BINS.index(LARGEST) + 1]
    quick = route.context_tokens + MOST_MS / 1000 * prefill_tokens_per_s
    return tuple((name, sizes[name]) for name in names if route.context_tokens < sizes[name] <= min(n_ctx // 2, quick))


def smaller(route: Route, constraints: Constraints, sizes: Mapping[ContextBin, int]) -> int:
    """Return the tokens of the tiny context, for a ``route`` that may use it in place of a larger one; else 0.

    A second draft keeps its size, because a first one that was not borne out asked for it.
    """
    first = _free(route, constraints) and not route.escalated_from
    return sizes[SMALLEST] if first and sizes[SMALLEST] < route.context_tokens else 0


def _free(route: Route, constraints: Constraints) -> bool:
    # What someone set, or drew at random to learn from it, stays.
    set_by_caller = constraints.context_bin or constraints.budget_ms is not None
    return not set_by_caller and route.router == "rule" and route.propensity == 1


def uncovered(asked: Collection[str], blocks: Iterable[Block]) -> int:
    """Return the number of word stems in ``asked`` that occur in no block."""
    return len(set(asked).difference(*(stems(block.text) for block in blocks)))


def fitted(
    route: Route,
    asked: Collection[str],
    blocks: Collection[Block],
    enough_tokens: int,
    allowed: Iterable[tuple[ContextBin, int]],
    prefill_tokens_per_s: float,
) -> Route:
    """Return ``route`` with the context that ``blocks`` need and the time that is expected with it.

    It is the tiny one if ``enough_tokens`` (:func:`smaller`) hold them and they show all stems in ``asked``, and the
    smallest ``allowed`` one (:func:`larger`) if the route's own does not hold them. ``prefill_tokens_per_s``: the
    model's speed.
    """
    tokens = sum(block.tokens for block in blocks)
    if tokens <= enough_tokens and not uncovered(asked, blocks):
        why = "a tiny context shows all of the question's words"
        return _resized(route, SMALLEST, enough_tokens, why, prefill_tokens_per_s)
    if tokens > route.context_tokens:
        for name, size in allowed:
            if size >= tokens:
                why = f"a {name} context shows more of the question's words"
                return _resized(route, name, size, why, prefill_tokens_per_s)
    return route


def _resized(route: Route, name: ContextBin, tokens: int, why: str, prefill_tokens_per_s: float) -> Route:
    more_ms = 1000 * (tokens - route.context_tokens) / prefill_tokens_per_s
    return replace(
        route,
        context_bin=name,
        context_tokens=tokens,
        reason=f"{route.reason}; {why}",
        predicted_ms=max(route.predicted_ms + more_ms, 0.0),
    )
