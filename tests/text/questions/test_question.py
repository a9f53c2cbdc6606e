"""What the words of a question tell, on questions as people put them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.questions import question as wording


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the capital of Norway?", "en"),
        ("Wer repariert die Pumpe und wann?", "de"),
        ("Qui est le directeur du film ?", "fr"),
        ("¿Quién es el director de la película?", "es"),
        ("Chi è il direttore della stazione?", "it"),
        ("Quem foi o diretor do filme?", "pt"),
        ("Wie is de directeur van het station?", "nl"),
        ("Кто чинит насос?", "ru"),
        ("泵由谁修理", "zh"),
        ("誰がポンプを修理しますか", "ja"),
        ("Ποιος επισκευάζει;", "el"),
        ("Pump 7?", ""),
        ("", ""),
    ],
)
def test_the_language_is_told_by_script_or_common_words(text: str, language: str) -> None:
    assert wording.language(text) == language


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Who repairs the pump?", "person"),
        ("In what year was the station built?", "time"),
        ("When did the director of the film die?", "time"),
        ("Which country is the river in?", "place"),
        ("How many tackles did he register?", "number"),
        ("Is the pump older than the boiler?", "yes_no"),
        ("Why does the pump fail?", "reason"),
        ("What is the pump called?", None),
    ],
)
def test_what_is_asked_for(text: str, asked: str | None) -> None:
    assert wording.asked_for(text) == asked


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("What dose of ibuprofen is safe?", {"health"}),
        ("Can I sue over this contract?", {"law"}),
        ("Should I take out a mortgage?", {"money"}),
        ("She earns 12 per hour. How much in total?", {"maths"}),
        ("Why does this Python function raise an exception?", {"code"}),
        ("Who directed the film?", set()),
    ],
)
def test_subjects_by_their_words(text: str, subjects: set[str]) -> None:
    assert wording.subjects(text) == subjects


def test_counts() -> None:
    assert wording.tokens("Who, exactly?") == 4
    assert wording.tokens("electroencephalography 42") == 3 + 2
    assert wording.names("Who married Ada Lind's brother?") == 2
    assert wording.multi_hop_cues("Who is the mother of the director of the film that won?") == 3


@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    assert len(wording.language(text)) in (0, 2)
    assert wording.subjects(text) <= set(wording.SUBJECTS)
    assert wording.asked_for(text) in (None, *wording.ASKED)
    assert min(wording.tokens(text), wording.names(text), wording.multi_hop_cues(text)) >= 0


@pytest.mark.parametrize(
    ("kind", "text", "may"),
    [
        ("time", "It sank in 1987.", True),
        ("number", "Twelve of them.", False),
        ("person", "The pump is repaired by Ada Lind.", True),
        ("place", "Nobody knows.", False),
        ("reason", "Ada, in 1987.", False),
        (None, "Ada, in 1987.", False),
    ],
)
def test_a_sentence_may_hold_the_kind_of_thing_asked_for(kind: wording.Asked | None, text: str, may: bool) -> None:
    assert wording.may_answer(kind, text) is may


@pytest.mark.parametrize(
    ("text", "languages", "read"),
    [
        ("Where is the pump?", ("en",), True),
        ("Wo ist die Pumpe?", ("en",), True),
        ("水泵在哪里？", ("en",), False),
        ("水泵在哪里？", ("en", "zh"), True),
        ("水泵在哪里？", ("mul",), True),
        ("ポンプはどこ？", ("zh",), False),
        ("Где насос?", ("en",), False),
        ("What does 水泵 mean in English?", ("en",), True),
        ("", ("en",), True),
        ("1984?", (), True),
    ],
)
def test_which_questions_an_embedder_reads(text, languages, read):
    assert wording.is_read(text, languages) == read
