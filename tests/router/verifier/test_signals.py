from __future__ import annotations

import math

import pytest
from collected import tried
from drafted import drafted
from hypothesis import given
from hypothesis import strategies as st

from sanderling.router.verifier.signals import NAMES, Signals, columns, missing, of_draft, of_tried

BLOCKS = ("[1] Pump (2024-03-05): Ada Lind repaired the pump on 1962-03-14.", "[2] Winch: greased by Brekke.")


def test_the_signals_of_a_draft_come_from_its_tokens_and_its_notes() -> None:
    signals, bearing = of_draft(drafted("Ada Lind", -0.3), BLOCKS, "Who repaired the pump?", parameters=10**9)
    assert (signals.mean_logprob, signals.min_logprob) == (pytest.approx(-0.3), -0.3)
    assert (signals.margin, signals.entropy, signals.tokens) == (2.0, 0.5, 3)
    assert (signals.share, signals.span, signals.top, signals.declined) == (1.0, True, True, False)
    assert bearing.by == (1,)


@pytest.mark.parametrize("head", ["[7] ", "[Context block 7] (score=0.93, type=doc)\n"])
def test_the_number_in_a_head_is_no_word_of_the_note(head: str) -> None:
    assert of_draft(drafted("7"), [f"{head}Pump"], "How many?")[0].share == 0.0
    assert of_draft(drafted("Pump"), [f"{head}Pump"], "What?")[0].share == 1.0


def test_a_date_in_other_words_stands_in_the_note() -> None:
    assert of_draft(drafted("14 March 1962"), BLOCKS, "When?")[0].share == 1.0


def test_yes_and_no_stand_nowhere_and_earlier_answers_count() -> None:
    assert of_draft(drafted("yes"), BLOCKS, "Is it?")[0].share == 0.0
    assert of_draft(drafted("Ada Lind, Narvik"), BLOCKS, "Who?")[0].share < 1.0
    assert of_draft(drafted("Ada Lind, Narvik"), BLOCKS, "Who?", ["She is from Narvik."])[0].share == 1.0


def test_declining_is_no_declining_where_the_note_says_just_that() -> None:
    assert of_draft(drafted("not found"), BLOCKS, "Where?")[0].declined
    assert not of_draft(drafted("The cause is not known."), ["[1] The cause is not known."], "Why?")[0].declined


def test_an_empty_draft_has_signals() -> None:
    signals, _ = of_draft(drafted("", tokens=0), BLOCKS, "Who?")
    assert signals.declined
    assert all(map(math.isfinite, columns([signals])[0]))


def test_a_collected_answer_has_the_same_signals_as_the_draft_it_was() -> None:
    row = tried("q", 0, 1, right=1.0)
    signals = of_tried(row, 10**9)
    assert signals.tokens == len(row.logprobs)
    assert signals.share == row.overlap
    assert columns([signals]).shape == (1, len(NAMES))


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_missing_word_is_penalised_in_full_in_a_short_answer_only(one: float, other: float) -> None:
    def of(share: float) -> float:
        return missing(
            Signals(mean_logprob=0, min_logprob=0, margin=0, entropy=0, tokens=1, share=share, declined=False)
        )

    assert of(1.0) == 0.0 < of(0.95) < of(0.75) == of(0.0) == 1.0
    assert (of(one) <= of(other)) or one <= other
