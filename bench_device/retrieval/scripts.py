"""How often the first note found is the right one, in languages of several scripts, beside the station's notes.

Run it with ``python -m sanderling.bench_device.retrieval.scripts``. For each language of ``workloads/scripts`` a memory
is made of its 20 notes and the station's; 60 questions are asked, half of them worded otherwise than the note.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from ...cli import output
from ...config import Config
from ...memory import Embedder, Memory
from ...models.embedder import open_embedder
from ...records import Record
from ..workloads import load

FOLDER = Path(__file__).parents[1] / "workloads" / "scripts"
REWORDED = "reworded"


class Found(Record):
    """Questions of one language, and how many of them found their note first, or among the first five."""

    language: str
    questions: int
    first: int
    first_reworded: int
    """Of ``first``, those worded otherwise than the note."""
    first_five: int


def languages() -> list[str]:
    """Return the codes of the languages that have notes."""
    return sorted(folder.name for folder in FOLDER.iterdir() if (folder / "questions.jsonl").exists())


def measure(language: str, embedder: Embedder, background: Path) -> Found:
    """Ask the questions of ``language`` in a memory of its notes and those of ``background``."""
    work = load(FOLDER / language)
    first: list[str] = []
    five = 0
    with TemporaryDirectory() as folder, Memory.open(Path(folder) / "m.sanderling", embedder) as memory:
        memory.ingest([background, work.notes])
        for question in work.questions:
            found = memory.find(question.text, embedder.embed([question.text])[0])
            names = [Path(node.uri).name for node in memory.nodes(found.attended.keys[:5])]
            five += question.gold[0] in names
            first += [question.kind] if names[:1] == list(question.gold) else []
    return Found(
        language=language,
        questions=len(work.questions),
        first=len(first),
        first_reworded=first.count(REWORDED),
        first_five=five,
    )


def main() -> None:
    """Measure the languages named as arguments, or all of them."""
    embedder = open_embedder(Config().embedder)
    background = load("station").notes
    for language in sys.argv[1:] or languages():
        found = measure(language, embedder, background)
        output.text(
            f"{language}: R@1 {found.first} of {found.questions} ({found.first_reworded} of the reworded), "
            f"R@5 {found.first_five}"
        )


if __name__ == "__main__":
    main()
