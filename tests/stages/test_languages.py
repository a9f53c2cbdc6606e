from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hash_embedder import HashEmbedder

from sanderling.memory import Memory
from sanderling.request.request import Request
from sanderling.stages.find_notes import find_notes
from sanderling.stages.languages import languages_of, note_of_languages, with_note

ENGLISH = [f"The winch {number} is on the jetty, and we look after it every Monday." for number in range(20)]
GERMAN = [f"Die Winde {number} steht auf dem Steg und wird jeden Montag von uns geprüft." for number in range(4)]
FRENCH = [f"Le treuil {number} est sur la jetée et nous le vérifions tous les lundis." for number in range(3)]
NO_LANGUAGE = ["Anna Berg, Jürgen Klein", "def f(x): return x", "M8 DIN 934", "192.168.0.1"]


def english_only() -> HashEmbedder:
    """An embedder that is known by its id as one of English."""
    return HashEmbedder(name="minilm-l6-v2-int8@0123456789ab")


@pytest.fixture
def fill(tmp_path: Path) -> Iterator[object]:
    opened: list[Memory] = []

    def filled(texts: list[str], embedder: HashEmbedder | None = None) -> Memory:
        (tmp_path / "notes").mkdir()
        for number, text in enumerate(texts):
            (tmp_path / "notes" / f"{number}.md").write_text(text)
        opened.append(Memory.open(tmp_path / "m.sanderling", embedder or english_only()))
        opened[0].ingest([tmp_path / "notes"])
        return opened[0]

    yield filled
    for memory in opened:
        memory.close()


def warnings(memory: Memory, question: str, **given: object) -> list[str]:
    request = Request(question, **given)  # type: ignore[arg-type]
    find_notes(memory, memory.embedder, request)
    return request.warnings


def test_notes_in_another_language_are_named_with_every_answer_and_a_remedy(fill) -> None:
    memory = fill(ENGLISH + GERMAN)
    for question in ("Who looks after the winch?", "Winch 3?"):
        (warning,) = warnings(memory, question)
        assert warning.startswith("of the 24 notes 4 are in German, which is not the language of the embedder minilm")
        assert "sanderling memory reembed" in warning


def test_a_question_in_another_language_is_named_too(fill) -> None:
    memory = fill(ENGLISH)
    (warning,) = warnings(memory, "Wer kümmert sich um die Winde?")
    assert warning.startswith("the question seems to be in German, which is not the language of the embedder")
    (warning,) = warnings(memory, "誰がウインチを担当していますか?")
    assert "seems to be in Japanese" in warning


def test_two_languages_are_named_with_the_more_frequent_first(fill) -> None:
    assert "4 are in German and 3 are in French" in note_of_languages(fill(ENGLISH + FRENCH + GERMAN).store)


def test_no_alarm_for_english_names_code_or_one_note_of_many(fill) -> None:
    memory = fill(ENGLISH + NO_LANGUAGE + GERMAN[:1])
    assert note_of_languages(memory.store) == ""
    for question in ("Who looks after the winch?", "Las Vegas?", "Anna Berg, Jürgen Klein", "def f(x)"):
        assert warnings(memory, question) == []


def test_a_new_note_is_counted_at_once_and_a_conversation_hears_of_it_once(fill, tmp_path: Path) -> None:
    memory = fill(ENGLISH)
    assert warnings(memory, "Who looks after the winch?") == []
    for number, text in enumerate(GERMAN):
        (tmp_path / "notes" / f"german{number}.md").write_text(text)
    report = with_note(memory.ingest([tmp_path / "notes"]), memory.store)
    assert sum("are in German" in warning for warning in report.warnings) == 1
    again = with_note(memory.ingest([tmp_path / "notes"]), memory.store)
    assert again.warnings == ()
    request = Request("Who looks after the winch?")
    assert len(warnings(memory, request.query, history=request.history)) == 1
    request.history.turns = 1
    assert warnings(memory, request.query, history=request.history) == []


def test_of_an_embedder_whose_languages_are_unknown_or_many_nothing_is_said(fill) -> None:
    memory = fill(GERMAN, HashEmbedder(name="multilingual-e5-small@0123456789ab"))
    assert warnings(memory, "Wer kümmert sich um die Winde?") == []
    assert languages_of(memory.store) == (
        "notes are in German (4); vectors are of the embedder multilingual-e5-small (a hundred languages)"
    )
