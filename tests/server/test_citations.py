from __future__ import annotations

import pytest

from sanderling.records import SourceNote
from sanderling.server.citations import citations, passage, url


def note(key: int, title: str, text: str, uri: str = "") -> SourceNote:
    return SourceNote(key=key, node_id=f"id{key}", title=title, uri=uri, position=0, score=0.5, text=text)


PUMP = note(1, "Pump", "# Pump\n\nThe feed pump is old. It is repaired by Ada Lind.", "/notes/pump.md")
CREW = note(2, "Crew", "Ole Berg cooks lentil soup. Ada Lind repairs engines.", "https://a.example/crew")


def test_each_sentence_rests_on_the_notes_that_hold_its_words() -> None:
    text = "Ada Lind repairs the feed pump. Ole Berg cooks soup."
    found = [(text[each.start : each.end], each.source.title) for each in citations(text, [PUMP, CREW])]
    assert found == [("Ada Lind repairs the feed pump.", "Pump"), ("Ole Berg cooks soup.", "Crew")]


def test_notes_that_hold_as_much_are_both_cited_and_an_answer_in_other_words_rests_on_the_first() -> None:
    assert [each.source.title for each in citations("Ada Lind", [PUMP, CREW])] == ["Pump", "Crew"]
    (only,) = citations("A woman from the north", [PUMP, CREW])
    assert (only.start, only.end, only.source) == (0, 22, PUMP)


@pytest.mark.parametrize("text", ["", "not found", "The answer is not found."])
def test_an_answer_that_found_nothing_rests_on_nothing(text: str) -> None:
    assert citations(text, [PUMP]) == []
    assert citations("Ada", []) == []


def test_the_passage_of_a_note_is_the_sentence_with_most_of_the_words() -> None:
    start, end = passage("Ada Lind", PUMP)
    assert PUMP.text[start:end] == "It is repaired by Ada Lind."
    assert passage("nothing of it", PUMP) == (0, len(PUMP.text))


@pytest.mark.parametrize("text", ["a\n\nb. c\nd", "x" * 5000, "ж. д? ф!", "\ud7ff 1. 2.", "." * 300])
def test_stretches_lie_within_the_text(text: str) -> None:
    for each in citations(text, [PUMP, note(3, "", text)]):
        assert 0 <= each.start < each.end <= len(text)
    start, end = passage(text, note(3, "", text))
    assert 0 <= start <= end <= len(text)


def test_addresses_open_files_here_and_notes_elsewhere() -> None:
    assert url(PUMP, local=True) == "file:///notes/pump.md"
    assert url(PUMP, local=False) == "sanderling://note/id1"
    assert url(CREW, local=False) == url(CREW, local=True) == "https://a.example/crew"
    assert url(note(4, "x", "x"), local=True) == "sanderling://note/id4"
