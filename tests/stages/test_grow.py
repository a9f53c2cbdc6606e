from __future__ import annotations

import pytest
from msgspec.structs import replace

from sanderling.constraints import Constraints
from sanderling.records import CONTEXT_BINS, Block, Route
from sanderling.stages.grow import MOST_MS, fitted, larger, smaller, uncovered
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
    predicted_ms=500,
)
MEDIUM = replace(TINY, context_bin="medium", context_tokens=256, reason="several notes")


def block(text: str, tokens: int = 10) -> Block:
    return Block(key=1, text=text, score=1.0, tokens=tokens)


def test_the_rules_context_may_grow_to_medium() -> None:
    assert larger(TINY, Constraints(), SIZES, 4096, QUICK) == (("small", 160), ("medium", 256))
    assert larger(MEDIUM, Constraints(), SIZES, 4096, QUICK) == ()


def test_a_tiny_context_may_do_in_place_of_a_larger_one() -> None:
    assert smaller(MEDIUM, Constraints(), SIZES) == 96
    assert smaller(TINY, Constraints(), SIZES) == 0
    assert smaller(replace(MEDIUM, escalated_from="m"), Constraints(), SIZES) == 0, "the tiny draft was not borne out"


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
    assert smaller(replace(route, context_bin="medium", context_tokens=256), constraints, SIZES) == 0


def test_words_count_as_covered_by_their_stems() -> None:
    asked = stems("Who repaired the pumps?")
    assert uncovered(asked, [block("[1] Pump: repairs are Ada's.")]) < uncovered(asked, [block("[1] Kitchen: soup.")])
    assert uncovered(asked, [block("who repairs"), block("the pump")]) == uncovered(
        asked, [block("who repairs the pump")]
    )


def test_the_route_names_the_smallest_context_that_holds_the_blocks() -> None:
    allowed = larger(TINY, Constraints(), SIZES, 4096, QUICK)
    assert fitted(TINY, (), [block("a", 90)], 0, allowed, 1000.0) is TINY
    route = fitted(TINY, (), [block("a", 90), block("b", 50)], 0, allowed, 1000.0)
    assert (route.context_bin, route.context_tokens) == ("small", 160)
    assert "shows more of the question" in route.reason
    assert route.predicted_ms == pytest.approx(500 + 64), "the time of 64 more tokens"
    # A single sentence longer than all contexts: what was chosen is named.
    assert fitted(TINY, (), [block("a", 700)], 0, allowed, 1000.0) is TINY


def test_the_route_names_a_tiny_context_that_does() -> None:
    route = fitted(MEDIUM, (), [block("a", 90)], 96, (), 1000.0)
    assert (route.context_bin, route.context_tokens, route.predicted_ms) == ("tiny", 96, pytest.approx(500 - 160))
    assert fitted(MEDIUM, (), [block("a", 90), block("b", 90)], 96, (), 1000.0) is MEDIUM
    assert fitted(MEDIUM, (), [block("a", 90)], 96, (), 100.0).predicted_ms == 0, "no time is below none"
    # All there is, but not of all that was asked: more room would show no more.
    assert fitted(MEDIUM, stems("Who repairs the pump?"), [block("soup", 20)], 96, (), 1000.0) is MEDIUM
