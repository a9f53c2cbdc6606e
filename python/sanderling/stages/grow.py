"""Enlarges the rule's context if a larger one shows more of the question's words.

How long the right note is, and in which sentence it answers, is known only when the context is packed. A word of the
question that a larger context shows and a small one does not is a sign that the answer is there too. Of 300 xquad
questions, whose notes are long, a context of 96 tokens held the answer to 84 %, one that grew this way to 93 %, as one
of 256 did; half of them did not grow (``bench_device/LOG.md``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from ..constraints import Constraints
from ..records import CONTEXT_BINS, Block, ContextBin, Route
from ..text.sentences import stems

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
    if constraints.context_bin or constraints.budget_ms is not None or route.router != "rule" or route.propensity < 1:
        return ()
    names = CONTEXT_BINS[CONTEXT_BINS.index(route.context_bin) + 1 : CONTEXT_BINS.index(LARGEST) + 1]
    quick = route.context_tokens + MOST_MS / 1000 * prefill_tokens_per_s
    return tuple((name, sizes[name]) for name in names if route.context_tokens < sizes[name] <= min(n_ctx // 2, quick))


def uncovered(asked: Collection[str], blocks: Iterable[Block]) -> int:
    """Return the number of word stems in ``asked`` that occur in no block."""
    return len(set(asked).difference(*(stems(block.text) for block in blocks)))


def grown(route: Route, blocks: Iterable[Block], allowed: Iterable[tuple[ContextBin, int]]) -> Route:
    """Return ``route`` with a context that is large enough for ``blocks``.

    It is the smallest ``allowed`` one, if the route's own is too small.
    """
    tokens = sum(block.tokens for block in blocks)
    if tokens > route.context_tokens:
        for name, size in allowed:
            if size >= tokens:
                reason = f"{route.reason}; a {name} context shows more of the question's words"
                return replace(route, context_bin=name, context_tokens=size, reason=reason)
    return route
