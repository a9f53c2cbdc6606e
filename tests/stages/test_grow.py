from __future__ import annotations

import pytest
from msgspec.structs import replace

from sanderling.constraints import Constraints
from sanderling.records import CONTEXT_BINS, Block, Route
from sanderling.stages.grow import MOST_MS, grown, larger, uncovered
from sanderling.text.sentences import stems

SIZES = dict(zip(CONTEXT_BINS, (96, 160, 256, 768), strict=True))
QUICK = 10_000.0
TINY = Route(
    model_id="m",
    context_bin="tiny",
    context_tokens=96,
    temperature=0,
    top_p=1,
    escalate=0,
    router="rule",
    reason="one note",
    predicted_ms=1,
)


def block(text: str, tokens: int = 10) -> Block:
    return Block(key=1, text=text, score=1.0, tokens=tokens)


def test_the_rules_context_may_grow_to_medium() -> None:
    assert larger(TINY, Constraints(), SIZES, 4096, QUICK) == (("small", 160), ("medium", 256))
    assert larger(replace(TINY, context_bin="medium", context_tokens=256), Constraints(), SIZES, 4096, QUICK) == ()


def test_half_of_a_short_context_is_left_for_the_rest() -> None:
    assert larger(TINY, Constraints(), SIZES, 400, QUICK) == (("small", 160),)


def test_a_slow_model_keeps_its_context() -> None:
    for_small = 1000 * (160 - 96) / MOST_MS
    assert larger(TINY, Constraints(), SIZES, 4096, for_small + 0.1) == (("small", 160),)
    assert larger(TINY, Constraints(), SIZES, 4096, for_small - 0.1) == ()


@pytest.mark.parametrize(
    ("route", "constraints"),
    [
        (TINY, Constraints(context_bin="tiny")),
        (TINY, Constraints(budget_ms=500)),
        (replace(TINY, router="fastgrnn:1"), Constraints()),
        # Drawn at random: the answer must be one of the choice that is logged.
        (replace(TINY, propensity=0.5), Constraints()),
    ],
)
def test_what_someone_else_chose_stays(route: Route, constraints: Constraints) -> None:
    assert larger(route, constraints, SIZES, 4096, QUICK) == ()


def test_words_count_as_covered_by_their_stems() -> None:
    asked = stems("Who repaired the pumps?")
    assert uncovered(asked, [block("[1] Pump: repairs are Ada's.")]) < uncovered(asked, [block("[1] Kitchen: soup.")])
    assert uncovered(asked, [block("who repairs"), block("the pump")]) == uncovered(
        asked, [block("who repairs the pump")]
    )


def test_the_route_names_the_smallest_context_that_holds_the_blocks() -> None:
    allowed = larger(TINY, Constraints(), SIZES, 4096, QUICK)
    assert grown(TINY, [block("a", 90)], allowed) is TINY
    route = grown(TINY, [block("a", 90), block("b", 50)], allowed)
    assert (route.context_bin, route.context_tokens) == ("small", 160)
    assert "shows more of the question" in route.reason
    # A single sentence longer than all contexts: what was chosen is named.
    assert grown(TINY, [block("a", 700)], allowed) is TINY
