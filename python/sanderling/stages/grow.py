"""Let a context that the rule chose grow while a larger one shows more of the question's words.

How long the right note is, and in which sentence it answers, is known only when the context is packed. A word of the
question that a larger context shows and a small one does not is a sign that the answer is there too. Of 300 xquad
questions, whose notes are long, a context of 96 tokens held the answer to 84 %, one that grew this way to 93 %, as one
of 256 did; half of them did not grow (``bench_device/LOG.md``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from ..records import CONTEXT_BINS, Block, Constraints, ContextBin, Route
from ..text.sentences import stems

LARGEST: ContextBin = "medium"


def larger(
    route: Route, constraints: Constraints, sizes: Mapping[ContextBin, int], n_ctx: int
) -> tuple[tuple[ContextBin, int], ...]:
    """Return the contexts that ``route`` may grow to, with their tokens, smallest first; empty if it must stay.

    It stays where the caller set a context or a time, where another router than the rule chose, and where the choice
    was drawn at random. ``sizes``: tokens by name. ``n_ctx``: the model's context, half of which is left for the rest.
    """
    if constraints.context_bin or constraints.budget_ms is not None or route.router != "rule" or route.propensity < 1:
        return ()
    names = CONTEXT_BINS[CONTEXT_BINS.index(route.context_bin) + 1 : CONTEXT_BINS.index(LARGEST) + 1]
    return tuple((name, sizes[name]) for name in names if route.context_tokens < sizes[name] <= n_ctx // 2)


def uncovered(asked: Collection[str], blocks: Iterable[Block]) -> int:
    """Return how many of the word stems ``asked`` occur in none of the blocks."""
    return len(set(asked).difference(*(stems(block.text) for block in blocks)))


def grown(route: Route, blocks: Iterable[Block], allowed: Iterable[tuple[ContextBin, int]]) -> Route:
    """Return ``route`` with the smallest of the ``allowed`` contexts that holds ``blocks``, or as it is if it does."""
    tokens = sum(block.tokens for block in blocks)
    if tokens > route.context_tokens:
        for name, size in allowed:
            if size >= tokens:
                reason = f"{route.reason}; a {name} context shows more of the question's words"
                return replace(route, context_bin=name, context_tokens=size, reason=reason)
    return route
