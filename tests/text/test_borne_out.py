"""How much of an answer stands in its blocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.borne_out import MOST, borne_out

BLOCKS = (
    "Pump (2024-03-05): Ada Lind repaired the feed pump on 1962-03-14 with 1,200 litres.",
    "Winch: Tomas Brekke greased the winch. Müßiggang is a word.",
)
QUESTION = "Who repaired the feed pump?"


@pytest.mark.parametrize(
    ("answer", "share", "span", "by"),
    [
        ("Ada Lind", 1.0, True, (1,)),
        ("ADA LIND.", 1.0, True, (1,)),
        ("a Lind", 1.0, True, (1,)),
        ("Lind, Ada", 1.0, False, (1,)),
        ("mussiggang", 1.0, True, (2,)),
        ("winches", 0.0, False, ()),
        ("winchs", 1.0, True, (2,)),
        ("14 March 1962", 1.0, False, (1,)),
        ("14. März 1962", 1.0, False, (1,)),
        ("le 14 mars 1962", 1.0, False, (1,)),
        ("March 1962", 1.0, False, (1,)),
        ("15 March 1962", 1 / 3, False, (1,)),
        ("14 March 1963", 1 / 3, False, (1,)),
        ("1200", 1.0, True, (1,)),
        ("1.200", 1.0, False, (1,)),
        ("1 200 litres", 1.0, False, (1,)),
        ("1300 litres", 0.5, False, (1,)),
        ("Ada Lind and Tomas Brekke", 1.0, False, (1, 2)),
        ("Oslo", 0.0, False, ()),
        ("", 1.0, False, ()),
        ("yes", 1.0, False, ()),
    ],
)
def test_words_dates_and_numbers_stand_in_a_block_as_they_are_written_there(
    answer: str, share: float, span: bool, by: tuple[int, ...]
) -> None:
    found = borne_out(answer, BLOCKS, QUESTION)
    assert (found.share, found.span, found.by) == (pytest.approx(share), span, by)


def test_the_number_of_a_note_is_no_word_of_it_but_the_questions_words_need_no_note() -> None:
    assert borne_out("7", ["[7] Pump".partition("] ")[2]], QUESTION).share == 0.0
    assert borne_out("Ada Lind repaired it", ["Ada Lind"], QUESTION).share == 1.0
    assert borne_out("Ada Lind mended it", ["Ada Lind"], QUESTION).share == pytest.approx(2 / 3)
    assert borne_out("Ada Lind mended it", ["Ada Lind"], QUESTION, ["It was mended."]).share == 1.0


def test_of_several_blocks_those_count_that_answer_the_question() -> None:
    blocks = ("Oslo is a town.", "The feed pump was repaired in Oslo.", "Oslo again.")
    assert borne_out("Oslo", blocks, QUESTION).by == (2,)
    assert borne_out("Oslo", blocks, "").by == (1, 2, 3)
    assert not borne_out("Oslo pump", blocks, "").top
    assert borne_out("Oslo town", blocks, "").top


texts = st.text(max_size=40)


@given(texts, st.lists(texts, max_size=4), texts)
def test_shares_are_shares_and_every_block_that_is_named_exists(answer: str, blocks: list[str], asked: str) -> None:
    found = borne_out(answer, blocks, asked)
    assert 0.0 <= found.share <= 1.0
    assert len(found.by) <= MOST
    assert set(found.by) <= set(range(1, len(blocks) + 1))
    assert not found.span or found.share == 1.0


@given(st.lists(st.sampled_from(["Ada", "Lind", "repaired", "feed", "pump", "on", "litres"]), min_size=1, max_size=5))
def test_whatever_is_a_run_of_words_of_a_block_is_a_span(words: list[str]) -> None:
    text = " ".join(words)
    assert borne_out(text, ["Nothing", f"Before {text} after"]).span


@pytest.mark.parametrize("begun", ["The answer is: ", "Answer: ", "Die Antwort ist: ", "La réponse est "])
def test_words_with_which_a_model_begins_need_no_note(begun: str) -> None:
    found = borne_out(f"{begun}Captain Liv Sandoval.", ["Captain Liv Sandoval has commanded her since 2018."])
    assert (found.share, found.by) == (1.0, (1,))
