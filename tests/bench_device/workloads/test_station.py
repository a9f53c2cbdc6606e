from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from sanderling.bench_device.workloads import Question, load

STATION = load("station")
KINDS = {"person", "equipment", "incident", "procedure", "number", "date", "unanswerable"}
LINK = re.compile(r'\]\(([^)]+)\)|href="([^"]+)"')


def read(path: Path) -> dict[str, tuple[str, str]]:
    """Title and text of each document in one file, by id."""
    if path.suffix == ".jsonl":
        entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {f"{path.name}#{entry['id']}": (entry["title"], entry["text"]) for entry in entries}
    if path.suffix == ".pdf":
        reader = PdfReader(path)
        assert reader.metadata is not None
        return {path.name: (str(reader.metadata.title), " ".join(page.extract_text() for page in reader.pages))}
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        soup = BeautifulSoup(text, "html.parser")
        assert soup.title is not None
        return {path.name: (soup.title.get_text(), soup.get_text(" "))}
    title = text.splitlines()[0]
    return {path.name: (title.removeprefix("# "), re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text))}


FILES = sorted(STATION.notes.iterdir())
NOTES = {key: (title, " ".join(text.split())) for path in FILES for key, (title, text) in read(path).items()}
ANSWERABLE = [question for question in STATION.questions if question.answers]


def test_the_formats() -> None:
    assert Counter(path.suffix for path in FILES) == {".md": 64, ".txt": 4, ".html": 2, ".jsonl": 1, ".pdf": 1}


def test_titles_are_distinct() -> None:
    repeated = [title for title, n in Counter(title for title, _ in NOTES.values()).items() if n > 1]
    assert not repeated


def test_plain_text_is_named_after_its_title() -> None:
    # A .txt file has no title but its name, so other notes can cite it only if the two agree.
    for path in FILES:
        if path.suffix == ".txt":
            assert NOTES[path.name][0].lower().replace(" ", "-") == path.stem


@pytest.mark.parametrize("key", [key for key in NOTES if "#" not in key])
def test_notes_are_short(key: str) -> None:
    assert 80 <= len(NOTES[key][1].split()) <= 350


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix in {".md", ".html"}], ids=lambda path: path.name
)
def test_links_lead_somewhere(path: Path) -> None:
    targets = [a or b for a, b in LINK.findall(path.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (STATION.notes / target).is_file()] == []


def test_every_note_is_needed_or_cited() -> None:
    needed = {document for question in STATION.questions for document in question.gold}
    for key, (title, _) in NOTES.items():
        cited = any(title in text for other, (_, text) in NOTES.items() if other != key)
        # Entries of the log are read as a whole by a person, so one needed entry speaks for the file.
        siblings = any(document.startswith("duty-log.jsonl#") for document in needed) and key.startswith("duty-log")
        assert key in needed or cited or siblings, key


def test_most_notes_cite_another_by_title() -> None:
    citing = [
        key
        for key, (title, text) in NOTES.items()
        if any(other in text for other, _ in NOTES.values() if other != title)
    ]
    assert len(citing) >= 0.9 * len(NOTES)


def test_the_mix_of_questions() -> None:
    assert len({question.id for question in STATION.questions}) == 100
    assert len({question.text for question in STATION.questions}) == 100
    assert Counter(question.hops for question in ANSWERABLE) == {1: 50, 2: 35, 3: 10}
    assert {question.kind for question in STATION.questions} == KINDS
    assert sum(question.demo for question in STATION.questions) == 3


@pytest.mark.parametrize("question", STATION.questions, ids=lambda question: question.id)
def test_gold_exists_and_holds_the_answers(question: Question) -> None:
    assert set(question.gold) <= NOTES.keys()
    assert len(set(question.gold)) == len(question.gold)
    if question.kind == "unanswerable":
        assert question.answers == ()
        assert question.gold == ()
        return
    assert question.hops == len(question.gold)
    # The last note of the path holds the answer, and no note before it does: the path must be walked.
    for answer in question.answers:
        assert answer in NOTES[question.gold[-1]][1]
        assert not any(answer in NOTES[document][1] for document in question.gold[:-1])


# Paths whose notes are joined by a name both hold, where the first does not mention the title of the second.
SHARED_NAMES = {
    "s075": "Campo Lindo",
    "s076": "Corrowick",
    "s077": "Kelp Clock",
    "s084": "Nils Averin",
    "s085": "Bertrand Hale",
}


@pytest.mark.parametrize(
    "question", [question for question in ANSWERABLE if question.hops > 1], ids=lambda question: question.id
)
def test_the_notes_of_a_path_are_joined_by_a_name(question: Question) -> None:
    for here, following in zip(question.gold, question.gold[1:], strict=False):
        name = SHARED_NAMES.get(question.id, NOTES[following][0])
        assert name in NOTES[here][1]
        assert name in " ".join(NOTES[following])
        assert name not in question.text
