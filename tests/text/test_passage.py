"""The sentence of a note that an answer rests on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.passage import located, passage
from sanderling.text.sentences import sentences

NOTE = "# Pump\n\nThe pump stands in the yard. It is repaired by Ada Lind every May. Ada is the engineer."


def test_the_sentence_with_most_words_is_found() -> None:
    start, end = passage("Ada Lind, in May", NOTE)
    assert NOTE[start:end] == "It is repaired by Ada Lind every May."


def test_a_heading_is_taken_only_where_no_sentence_says_as_much() -> None:
    for answer, found in (("The pump", "The pump stands in the yard."), ("Pump yard", "The pump stands in the yard.")):
        start, end = passage(answer, NOTE)
        assert NOTE[start:end] == found
    assert passage("Pump", "# Pump\n\nIt stands in the yard.") == (0, 6)


def test_a_note_without_a_word_of_the_answer_has_none() -> None:
    assert passage("On Fridays", NOTE) is None
    assert passage("", NOTE) is passage("Ada", "") is None


WRAPPED = (
    "The feed pump of the station by the sea is repaired by Ada Lind\n"
    "herself, who comes every second Monday of the month. It leaks."
)


def test_a_sentence_that_was_wrapped_is_found_over_its_line_ends() -> None:
    start, end = passage("Ada Lind", WRAPPED)
    assert WRAPPED[start:end].endswith("Monday of the month.")
    start, end = located("repaired by Ada Lind herself,", WRAPPED)
    assert WRAPPED[start:end] == "repaired by Ada Lind\nherself,"
    assert located("nothing of it", WRAPPED) is None
    assert located(" ", WRAPPED) is located("", WRAPPED) is None


@given(st.text(alphabet="aB.? \n\u2028\u3002-|#1", max_size=200))
def test_every_sentence_is_found_in_the_text_it_was_cut_from(text: str) -> None:
    for sentence in sentences(text):
        place = located(sentence, text)
        assert place is not None
        assert text[slice(*place)].split() == sentence.split() or "".join(text[slice(*place)].split()) == "".join(
            sentence.split()
        )
