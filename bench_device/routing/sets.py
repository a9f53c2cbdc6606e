"""Read sets of questions, and mix the questions in a fixed order.

Any prefix of this order has about equally many questions of each set. A set is a workload, or a folder with
``queries.jsonl`` alone: questions without notes, asked of an empty memory.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import msgspec

from ...errors import UsageError
from ...records import Record
from ..workloads import Question, Workload, load

NUMERIC = "math"
"""Kind of a question whose answer is the last number of the text."""


class Set(Record):
    """Questions from one source."""

    name: str
    notes: Path | None
    """The notes; None: there are none."""
    questions: tuple[Question, ...]

    @property
    def digest(self) -> str:
        """Return a digest that identifies this version of the set."""
        return hashlib.sha256(msgspec.json.encode(self.questions)).hexdigest()[:16]


class Item(Record):
    """One question with its position in the order of its set."""

    set: Set
    question: Question
    position: int
    """Position among the questions of its set, from 0."""

    @property
    def id(self) -> str:
        """Return the id ``SET/QUESTION``, which is unique over all sets."""
        return f"{self.set.name}/{self.question.id}"


class _Query(msgspec.Struct, frozen=True, rename={"id": "_id"}):
    id: str
    text: str
    answers: tuple[str, ...]
    kind: str = ""


def read_set(name_or_dir: str | Path) -> Set:
    """Read a set from a workload, or from a folder that holds only questions.

    Raises UsageError for anything else, and for repeated ids.
    """
    folder = Path(name_or_dir)
    if (folder / "queries.jsonl").is_file() and not (folder / "corpus.jsonl").exists():
        found = Set(name=folder.name, notes=None, questions=_alone(folder / "queries.jsonl"))
    else:
        work: Workload = load(name_or_dir)
        found = Set(name=work.name, notes=work.notes, questions=work.questions)
    if len({question.id for question in found.questions}) != len(found.questions):
        raise UsageError(f"{found.name}: two questions have the same id; give each its own")
    return found


def _alone(path: Path) -> tuple[Question, ...]:
    try:
        queries = msgspec.json.Decoder(_Query).decode_lines(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error
    return tuple(
        Question(id=query.id, text=query.text, answers=query.answers, gold=(), hops=1, kind=query.kind)
        for query in queries
    )


def in_order(sets: Sequence[Set], seed: int) -> Iterator[Item]:
    """Yield every question once, alternating between the sets.

    The order within each set is random. It is drawn with ``seed``. The order within a set depends on that set only,
    so adding a set does not change it.
    """
    queues = []
    for each in sets:
        questions = list(each.questions)
        random.Random(f"{seed} {each.name}").shuffle(questions)
        queues.append([Item(set=each, question=question, position=at) for at, question in enumerate(questions)])
    for turn in zip_longest(*queues):
        yield from (item for item in turn if item is not None)
