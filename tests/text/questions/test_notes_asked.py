from __future__ import annotations

from datetime import date

import pytest

from sanderling.text.questions.notes_asked import MAX_CHARACTERS, counts_in_texts, notes_asked, wants_more

TODAY = date(2024, 6, 15)


def conditions(question: str) -> list[tuple[str, str]]:
    asked = notes_asked(question, TODAY)
    assert asked is not None
    return [(each.by, each.value) for each in asked.conditions]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("How many notes do I have?", []),
        ("how many documents are there in total", []),
        ("Count my notes", []),
        ("How many notes are about bees?", [("about", "bees")]),
        ("How many notes are tagged garden/beds?", [("tag", "garden/beds")]),
        ('How many notes have the tag "people"?', [("tag", "people")]),
        ("How many of my notes mention the feed pump?", [("words", "the feed pump")]),
        ("How many notes are in the Projects folder?", [("folder", "Projects")]),
        ("How many files in the directory work/plans are about tax?", [("folder", "work/plans"), ("about", "tax")]),
        ("How many meeting notes do I have?", [("kind", "meeting")]),
        ("How many notes are called budget?", [("title", "budget")]),
        ("How many notes are in an octave?", [("place", "an octave")]),
        ("Number of notes in Projects", [("place", "Projects")]),
        ("How many notes with pump in the title are there?", [("title", "pump")]),
        ("How many notes are of the type summary?", [("type", "summary")]),
        ("Wie viele Notizen habe ich?", []),
        ("Wie viele Notizen gibt es über Bienen?", [("about", "Bienen")]),
        ("Wie viele Notizen sind mit garten getaggt?", [("tag", "garten")]),
        ("Wie viele Dokumente liegen im Ordner Steuer?", [("folder", "Steuer")]),
        ("Wie viele Notizen mit Pumpe im Titel gibt es?", [("title", "Pumpe")]),
    ],
)
def test_counts_are_understood(question: str, wanted: list[tuple[str, str]]) -> None:
    assert conditions(question) == wanted
    asked = notes_asked(question, TODAY)
    assert asked is not None and asked.how_many and asked.what == "notes"
    assert asked.language == ("de" if question.startswith("Wie") else "en")


@pytest.mark.parametrize(
    ("question", "what", "wanted"),
    [
        ("List all notes tagged people", "notes", [("tag", "people")]),
        ("Which notes are about the generator?", "notes", [("about", "the generator")]),
        ("Show me all of my notes about Ada Lind.", "notes", [("about", "Ada Lind")]),
        (
            "Which notes mention Tank Three and are tagged incident?",
            "notes",
            [("words", "Tank Three"), ("tag", "incident")],
        ),
        ("List the titles of all notes in the folder plans", "notes", [("folder", "plans")]),
        (
            "Which notes mention bees and wasps and are tagged garden?",
            "notes",
            [("words", "bees"), ("words", "wasps"), ("tag", "garden")],
        ),
        ("What titles do I have?", "titles", []),
        ("What tags are there?", "tags", []),
        ("Which folders do I have?", "folders", []),
        ("Do I have notes about bees?", "notes", [("about", "bees")]),
        ("Liste alle Notizen mit dem Schlagwort garten auf", "notes", [("tag", "garten")]),
        ("Welche Notizen erwähnen die Pumpe?", "notes", [("words", "die Pumpe")]),
        ("Nenne alle Notizen zum Thema Garten", "notes", [("about", "Garten")]),
        ("Welche Schlagwörter gibt es?", "tags", []),
    ],
)
def test_lists_are_understood(question: str, what: str, wanted: list[tuple[str, str]]) -> None:
    assert conditions(question) == wanted
    asked = notes_asked(question, TODAY)
    assert asked is not None and not asked.how_many and asked.what == what


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("How many notes are from March 2024?", date(2024, 3, 1), date(2024, 3, 31)),
        ("List all notes from last week", date(2024, 6, 3), date(2024, 6, 9)),
        ("How many notes since 2024-05-01?", date(2024, 5, 1), date.max),
        ("Which notes are from 5 March 2024?", date(2024, 3, 5), date(2024, 3, 5)),
        ("Wie viele Notizen sind vom 5. März 2024?", date(2024, 3, 5), date(2024, 3, 5)),
        ("Zeige mir alle Notizen aus dem Februar 2023", date(2023, 2, 1), date(2023, 2, 28)),
    ],
)
def test_dates_are_conditions(question: str, first: date, last: date) -> None:
    asked = notes_asked(question, TODAY)
    assert asked is not None
    (condition,) = asked.conditions
    assert condition.by == "date" and condition.dates is not None
    assert condition.dates.choices[0][0] == (first, last)


@pytest.mark.parametrize(
    "question",
    [
        "How many people work at the station?",
        "How many litres does the tank hold?",
        "List all who speak Norwegian",
        "Which notes are tagged work but not urgent?",
        "List all notes without tags",
        "Welche Notizen mit dem Tag Arbeit sind nicht über Geld?",
        "How many notes on a piano are black?",
        "On which note does the roof hum in the wind?",
        "What documents do I need to enter the country?",
        "Which notes did she play?",
        "How many files does the archive hold?",
        "How many people are mentioned in my notes?",
        "What do my notes say about the pump?",
        "List the notes of a C major scale",
        "Which documents must be signed before the launch?",
        "Wie viele Menschen arbeiten auf der Station?",
        "Welche Dokumente braucht man für die Einreise?",
        "Wie viele Notizen hat Hedda Quist geschrieben?",
        "Which notes?",
        "",
        "How many notes are about " + "bees and " * MAX_CHARACTERS,
    ],
)
def test_questions_about_what_notes_say_are_not_taken(question: str) -> None:
    assert notes_asked(question, TODAY) is None


def test_more_asks_for_the_next_page_and_nothing_else() -> None:
    assert all(map(wants_more, ("more", "Show me more", "the next page", "weiter", "Mehr bitte")))
    assert not any(
        map(wants_more, ("", "one more question", "more about the pump", "wie geht es weiter mit der Pumpe?"))
    )


def test_a_number_of_units_is_stated_and_not_counted() -> None:
    assert counts_in_texts("How many people work at the station?")
    assert counts_in_texts("List all who speak Norwegian")
    assert counts_in_texts("Wie viele Menschen arbeiten dort?")
    assert not counts_in_texts("How many litres of water does it make?")
    assert not counts_in_texts("How many square metres has the roof?")
    assert not counts_in_texts("Wie viele Tage dauert die Reise?")
    assert not counts_in_texts("Who repairs the pump?")
