from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.router import features
from sanderling.router.verifier.crowding import MOST, crowding, typical

ONE_NOTE = {**features.of_query("When was the pump repaired?"), "has_hits": 1.0, "hits_agreement": 0.9}
SEVERAL = {
    **features.of_query("Which director of the film whose composer was born in Narvik won the prize that Ada won?"),
    "has_hits": 1.0,
    "hits_agreement": 0.1,
    "attention_top3": 0.4,
}


def test_a_question_that_needs_one_note_crowds_no_context() -> None:
    assert crowding({**ONE_NOTE, "attention_top3": 1.0}, 96) == 0.0


def test_several_notes_crowd_a_small_context_more_than_a_large_one() -> None:
    tiny, large = crowding(SEVERAL, 96), crowding(SEVERAL, 768)
    assert 0.5 < tiny <= MOST
    assert large == pytest.approx(tiny / 8)


def test_without_notes_nothing_is_crowded() -> None:
    assert crowding({**SEVERAL, "has_hits": 0.0}, 96) == 0.0
    assert crowding({}, 96) == 0.0


@given(st.integers(1, 100_000))
def test_it_is_bounded_and_smaller_contexts_than_the_smallest_count_as_it(tokens: int) -> None:
    assert 0.0 <= crowding(SEVERAL, tokens) <= MOST
    assert typical(tokens) <= typical(96) == typical(1)
