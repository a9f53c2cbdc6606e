"""Read the tasks of each kind, and the notes that they are about.

``workloads/tasks`` holds one file for each kind but answers, whose tasks are the questions of the station.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from ...memory.read.document import Document
from ...memory.read.markdown.front_matter import front_matter_end
from ...memory.read.read import read
from ...models.task_choice import TaskKind
from ...records import Record
from .. import workloads
from ..fidelity.prompts import station

_FOLDER = Path(workloads.__file__).parent


class Task(Record):
    """One task, with the content that a right reply must have.

    Which fields are filled follows from the kind.
    """

    id: str
    notes: tuple[str, ...] = ()
    """Notes that are shown, as workload, ``/`` and path."""
    labels: tuple[str, ...] = ()
    """Classification: the categories to choose from."""
    label: str = ""
    """Classification: the right category."""
    fields: Mapping[str, tuple[str, ...]] = {}
    """Extraction: accepted values by field."""
    message: str = ""
    """Answers: the user's turn, with context and question."""
    answers: tuple[str, ...] = ()
    """Answers: the accepted ones."""
    facts: tuple[tuple[str, ...], ...] = ()
    """Summaries: the key facts, each as the texts by which it is recognised."""


_decode = msgspec.json.Decoder(Task).decode


@cache
def tasks(kind: TaskKind) -> tuple[Task, ...]:
    """Return all tasks of a kind. A first part of them holds some of every sort."""
    if kind == "answers":
        return tuple(
            Task(id=each.question.id, message=each.message, answers=each.question.answers) for each in station()
        )
    lines = (_FOLDER / "tasks" / f"{kind}.jsonl").read_bytes().splitlines()
    return tuple(_decode(line) for line in lines)


@cache
def note_text(name: str) -> str:
    """Return the text of a note under its title.

    ``name``: workload, ``/`` and path. It is the text that a memory keeps, without front matter, so that tags do
    not give a category away.
    """
    workload, _, path = name.partition("/")
    for document in read(_FOLDER / workload / "notes" / path, lambda _: None):
        if isinstance(document, Document):
            return f"{document.title}\n{document.text[front_matter_end(document.text) :].lstrip()}"
    raise FileNotFoundError(name)
