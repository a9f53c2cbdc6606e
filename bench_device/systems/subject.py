"""The questions of a set, and for each search method a memory of the set's notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from ...errors import UsageError
from ...memory import Embedder, Memory
from ...records import Answer, Record
from ..answers.open_workload import Progress, drawn, memories_by_way
from ..retrieval.kept import kept_memory
from ..routing.sets import Item, Set, in_order, read_set
from ..workloads import Workload, document_id
from . import logged


class Subject(Record):
    """A set of questions, with a memory of its notes for each search method."""

    set: Set
    memories: Mapping[str, Memory]
    """The same notes, by search method."""

    def shown(self, answer: Answer) -> list[str]:
        """Return the ids of the notes in the prompt of ``answer``, spelled as in ``gold``."""
        notes = self.set.notes
        if notes is None:
            return [note.node_id for note in answer.sources]
        return [document_id(note.uri, notes) for note in answer.sources]


def read_sets(data: Sequence[str]) -> tuple[Set, ...]:
    """Read the sets.

    The set ``log`` is the user's own rated questions.

    Raises UsageError for anything else than a workload, and for a set without notes.
    """
    found = tuple(logged.rated() if name == logged.NAME else read_set(name) for name in dict.fromkeys(data))
    for each, name in zip(found, dict.fromkeys(data), strict=True):
        if each.notes is None and name != logged.NAME:
            raise UsageError(f"{name} has questions alone: systems are asked about notes")
    if len({each.name for each in found}) != len(found):
        raise UsageError("two sets have the same name: rename one of the folders")
    return found


def open_subjects(
    sets: Sequence[Set], ways: Sequence[str], embedder: Embedder, stack: ExitStack, on_progress: Progress
) -> dict[str, Subject]:
    """Open the memories of ``sets``, which ``stack`` closes; return the subjects by the set's name.

    A corpus in one file is ingested once and kept in the data folder; other notes are ingested into a temporary memory.
    """
    return {
        each.name: Subject(set=each, memories=memories_by_way(_memory(each, embedder, stack, on_progress), ways))
        for each in sets
    }


def items_of(sets: Sequence[Set], limit: int | None, sample: int | None, seed: int) -> list[Item]:
    """Return the questions to ask, alternating between the sets.

    ``sample``: number of questions drawn of each set; ``limit``: greatest number of all; None: every question.
    """
    kept = [replace(each, questions=drawn(each.questions, sample, seed)) for each in sets]
    whole = {each.name: each for each in sets}
    items = [replace(item, set=whole[item.set.name]) for item in in_order(kept, seed)]
    return items[:limit]


def _memory(of: Set, embedder: Embedder, stack: ExitStack, on_progress: Progress) -> Memory:
    if of.notes is None:
        return stack.enter_context(logged.memory())
    if of.notes.is_file():
        work = Workload(name=of.name, notes=of.notes, questions=of.questions)
        return stack.enter_context(kept_memory(work, embedder, on_progress))
    folder = Path(stack.enter_context(TemporaryDirectory()))
    memory = stack.enter_context(Memory.open(folder / "notes.sanderling", embedder))
    memory.ingest(
        [of.notes], on_progress=lambda step: on_progress(step.done_bytes, step.total_bytes, f"ingest {of.name}")
    )
    return memory
