"""Measure how often the first note found is the right one, in languages of several scripts.

For each language of ``workloads/scripts`` a memory is made of its 20 notes and those of ``workloads/station``, and 60
questions are asked; half of them are worded otherwise than the note.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from ...memory import Embedder, Memory
from ...records import Record
from ..workloads import load

FOLDER = Path(__file__).parents[1] / "workloads" / "scripts"
REWORDED = "reworded"


class FoundFirst(Record):
    """Counts for one language: all questions, and those whose note was found first or among the first five."""

    language: str
    questions: int
    first: int
    first_reworded: int
    """Of ``first``, those worded otherwise than the note."""
    first_five: int


def measure(embedder: Embedder) -> Iterator[FoundFirst]:
    """Yield, for each language, the number of questions whose note was found."""
    for folder in sorted(FOLDER.iterdir()):
        if (folder / "questions.jsonl").exists():
            yield _measure(folder, embedder)


def _measure(language: Path, embedder: Embedder) -> FoundFirst:
    work = load(language)
    first: list[str] = []
    five = 0
    with TemporaryDirectory() as folder, Memory.open(Path(folder) / "m.sanderling", embedder) as memory:
        memory.ingest([load("station").notes, work.notes])
        for question in work.questions:
            found = memory.find(question.text, embedder.embed([question.text])[0])
            names = [Path(node.uri).name for node in memory.nodes(found.attended.keys[:5])]
            five += question.gold[0] in names
            first += [question.kind] if names[:1] == list(question.gold) else []
    return FoundFirst(
        language=language.name,
        questions=len(work.questions),
        first=len(first),
        first_reworded=first.count(REWORDED),
        first_five=five,
    )
