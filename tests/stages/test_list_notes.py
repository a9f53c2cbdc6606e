from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hash_embedder import HashEmbedder

from sanderling.filter import Filter
from sanderling.listing import Listing, Page
from sanderling.memory import Memory, Note
from sanderling.request.history import History
from sanderling.request.request import Request
from sanderling.stages.list_notes import list_notes

FILES = {
    "home/hives.md": "---\ntags: [garden/bees, projects]\ndate: 2024-03-05\n---\n# Hives\n\nThe hives face south.",
    "home/beds.md": "---\ntags: [garden, projects]\ndate: 2024-03-20\n---\n# Raised beds\n\nBees like them.",
    "home/tax.md": "---\ntags: [money]\ndate: 2024-04-02\n---\n# Tax return\n\nThe tax office wants a form.",
    "work/plans/launch.md": "---\ntags: [projects]\ndate: 2023-11-01\n---\n# Launch\n\nThe launch needs a permit.",
    "work/plans/permit.md": "---\ndate: 2023-12-24\n---\n# Permit\n\nThe launch permit costs 80 euros.",
    "work/minutes.md": "---\ntags: [meeting]\ndate: 2024-03-08\n---\n# Minutes\n\nWe spoke of the launch.",
}


@pytest.fixture
def memory(tmp_path: Path, hash_embedder: HashEmbedder) -> Iterator[Memory]:
    for name, text in FILES.items():
        path = tmp_path / "vault" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with Memory.open(tmp_path / "m.sanderling", hash_embedder) as opened:
        opened.ingest([tmp_path / "vault"])
        yield opened


def listing(memory: Memory, question: str, page: Page = Page(), **given: object) -> Listing:  # noqa: B008 # a value
    found = list_notes(memory, Request(question, **given), page)  # type: ignore[arg-type]
    assert found is not None
    return found


def titles(found: Listing) -> list[str]:
    return [source.title for source in found.sources]


@pytest.mark.parametrize(
    ("question", "text", "wanted"),
    [
        ("How many notes do I have?", "6 notes.", 6),
        ("How many notes are tagged garden?", "2 notes with the tag garden.", 2),
        ("How many notes are tagged #garden/bees?", "1 note with the tag garden/bees.", 1),
        ("How many project notes do I have?", "3 notes with the tag projects.", 3),
        ("How many notes are in the folder work?", "3 notes in the folder work.", 3),
        ("How many notes are in the plans folder?", "2 notes in the folder plans.", 2),
        ("How many notes mention the launch?", "3 notes with the word launch.", 3),
        ("How many notes mention launch permits?", "2 notes with the words launch and permits.", 2),
        ("How many notes are from March 2024?", "3 notes dated 2024-03-01 – 2024-03-31.", 3),  # noqa: RUF001
        ("How many notes are dated 2023-12-24?", "1 note dated 2023-12-24.", 1),
        ("How many notes since April 2024?", "1 note dated 2024-04-01 or later.", 1),
        ("How many notes with launch in the title are there?", "1 note with launch in the title.", 1),
        ("How many notes with turn in the title do I have?", "1 note with turn in the title.", 1),
        ("How many notes are in work/plans?", "2 notes in the folder work/plans.", 2),
        ("How many notes about tax or bees?", "3 notes with the word tax or with the word bees.", 3),
        ("How many notes did I write in March 2024?", "3 notes dated 2024-03-01 – 2024-03-31.", 3),  # noqa: RUF001
        ("Wie hoch ist die Anzahl der Notizen in plans?", "2 Notizen im Ordner plans.", 2),
        (
            "How many notes tagged projects are from 2024?",
            "2 notes with the tag projects and dated 2024-01-01 – 2024-12-31.",  # noqa: RUF001
            2,
        ),
        ("Wie viele Notizen habe ich?", "6 Notizen.", 6),
        ("Wie viele Notizen sind mit projects getaggt?", "3 Notizen mit dem Schlagwort projects.", 3),
        ("Wie viele Notizen liegen im Ordner plans?", "2 Notizen im Ordner plans.", 2),
        ("Wie viele Notizen gibt es über Sonnenblumen?", "Keine Notiz mit dem Wort Sonnenblumen.", 0),
    ],
)
def test_a_count_says_what_was_counted(memory: Memory, question: str, text: str, wanted: int) -> None:
    found = listing(memory, question)
    assert (found.text, found.total, found.kind) == (text, wanted, "count")
    assert len(found.sources) == wanted


def test_a_word_that_is_a_tag_counts_the_tag_and_names_what_else_has_the_word(memory: Memory) -> None:
    found = listing(memory, "How many notes are about money?")
    assert found.text == "1 note with the tag money."
    found = listing(memory, "How many notes are about meetings?")
    assert found.rule == "with the tag meeting"
    found = listing(memory, "How many notes are about gardens and bees?")
    assert (found.rule, found.total) == ("with the tag garden and with the word bees", 2)
    memory.add("The garden gate squeaks.", title="Gate")
    assert "(1 more with the word garden.)" in listing(memory, "How many notes are about garden?").text


def test_a_list_goes_on_page_by_page(memory: Memory) -> None:
    seen: list[str] = []
    start: int | None = 1
    while start is not None:
        found = listing(memory, "List all notes", Page(4, start))
        assert found.total == 6 and found.start == start and len(found.sources) <= 4
        seen += titles(found)
        start = found.next
    assert seen == sorted(seen) and len(seen) == 6
    first = listing(memory, "List all notes", Page(4)).text
    assert first.startswith("6 notes:\n- Hives\n") and first.endswith("(1 to 4 of 6; the next page starts at 5.)")
    assert listing(memory, "List all notes", Page(4, 7)).sources == ()


def test_in_a_conversation_more_is_the_next_page(memory: Memory) -> None:
    request = Request("Which notes are tagged projects?")
    assert titles(listing(memory, request.query, Page(2), history=request.history)) == ["Hives", "Launch"]
    assert titles(listing(memory, "more", Page(2), history=request.history)) == ["Raised beds"]
    assert list_notes(memory, Request("more", history=request.history), Page(2)) is None


def test_tags_and_folders_are_listed_with_their_numbers(memory: Memory) -> None:
    assert listing(memory, "What tags do I have?").text.split("\n")[:2] == ["5 tags:", "- projects (3)"]
    folders = listing(memory, "Which folders are there?")
    assert folders.total == 3 and folders.text.count("work/plans (2)") == 1
    assert listing(memory, "How many tags are there?").text == "5 tags."


def test_what_does_not_exist_is_said_with_what_does(memory: Memory) -> None:
    found = listing(memory, "List all notes tagged holidays")
    assert found.text.startswith("No note with the tag holidays.\nTags here are, among others: projects")
    assert "work/plans" in listing(memory, "Which notes are in the folder holidays?").text


def test_a_filter_of_the_request_holds_and_is_said(memory: Memory) -> None:
    found = listing(memory, "How many notes are tagged projects?", filter=Filter(tags=("garden",)))
    assert found.text == "2 notes with the tag projects (among those that pass the filter)."


def test_texts_without_a_document_are_notes_too(memory: Memory) -> None:
    memory.write_back([Note(text="The launch is in May.", title="Answer about the launch")])
    assert listing(memory, "How many notes do I have?").total == 7
    assert listing(memory, "How many notes mention the launch?").total == 4
    found = listing(memory, "List all notes of type memory")
    assert titles(found) == ["Answer about the launch"] and found.rule == "of the type memory"


@pytest.mark.parametrize(
    "question",
    [
        "How many people work here?",
        "How many musical notes are there?",
        "List all mechanics",
        "Who wrote the notes about the launch?",
        "Wie viele Leute arbeiten hier?",
    ],
)
def test_another_question_is_left_to_a_model(memory: Memory, question: str) -> None:
    assert list_notes(memory, Request(question), Page()) is None


def test_equal_titles_are_told_apart_and_the_text_is_streamed(memory: Memory, tmp_path: Path) -> None:
    (tmp_path / "vault" / "other.md").write_text("# Hives\n\nAnother note.")
    memory.ingest([tmp_path / "vault"])
    pieces: list[str] = []
    found = list_notes(memory, Request("List all notes called hives"), Page(), pieces.append)
    assert found is not None and found.text == "".join(pieces)
    assert "- Hives (hives.md)\n- Hives (other.md)" in found.text
    assert found.timings_ms.retrieval > 0 and found.route.model_id == "" and found.tokens.completion == 0


def test_a_folder_that_no_note_lies_in_is_asked_of_the_model_if_notes_speak_of_one(memory: Memory) -> None:
    question = "Which documents are in the blue folder?"
    assert listing(memory, question).text.startswith("No note in the folder blue.")
    memory.write_back([Note(title="Papers", text="The blue folder holds the passport.")])
    assert list_notes(memory, Request(question), Page()) is None
    assert list_notes(memory, Request("How many notes are in an octave?"), Page()) is None


def test_a_day_of_which_there_is_no_note_is_the_last_one(memory: Memory) -> None:
    today = memory.today()
    past = today - timedelta((today.weekday() - 2) % 7)
    assert listing(memory, "How many notes were written on Wednesday?").text == f"No note dated {past.isoformat()}."


@pytest.mark.parametrize(
    ("counted", "which"),
    [
        ("How many notes are tagged garden?", "Which ones?"),
        ("How many notes are tagged garden?", "List them"),
        ("Wie viele Notizen sind mit garten oder garden getaggt?", "Welche?"),
    ],
)
def test_what_was_counted_is_listed_when_asked_for_next(memory: Memory, counted: str, which: str) -> None:
    history = History()
    assert list_notes(memory, Request(which, history=history), Page()) is None
    first = list_notes(memory, Request(counted, history=history), Page())
    assert first is not None
    assert first.total == 2
    found = list_notes(memory, Request(which, history=history), Page())
    assert found is not None
    assert titles(found) == ["Hives", "Raised beds"]
    assert list_notes(memory, Request(which, history=history), Page()) is None
