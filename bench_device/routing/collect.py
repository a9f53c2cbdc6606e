"""The loop that makes labels: question after question, every model and context of one before the next.

A line is written as soon as an answer is scored, and what a file already holds is not asked again, so a run may be
killed at any moment and started once more with the same arguments.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import msgspec

from ...engines import EngineName
from ...errors import UsageError
from ...memory import Embedder
from ...records import Record
from ...router.labels import rows
from ..answers.open_workload import DEFAULT_WAY
from .bench import Bench
from .judge import Judge
from .search import line, open_memory, search_question
from .sets import Set, in_order, read_set


class CollectOptions(Record):
    """What the caller of a collection asks for."""

    data: tuple[str, ...]
    out: Path
    ladder: str = "open-small"
    engine: EngineName = "auto"
    profile: str = "auto"
    n_threads: int = 1
    seed: int = 0
    """Of the order of the questions, and of what is drawn at a temperature."""
    limit: int | None = None
    """Questions at most, of all sets together; None: all."""
    every: Mapping[str, int] = {}
    """By model, or by context for all models: only each so many questions of a set, because it is slow; else all."""
    only: tuple[str, ...] = ()
    """Models and contexts to ask; none of a kind: all of it."""
    way: str = DEFAULT_WAY
    """Of searching, by its name in :func:`~..retrieval.ways.ways`."""
    judge_url: str = ""
    """Empty: nobody judges."""
    judge_model: str = ""


class Step(Record):
    """How far a collection is."""

    questions: int
    of: int
    answers: int
    """Made in this run."""
    elapsed_s: float
    left_s: float


def collect(wanted: CollectOptions, embedder: Embedder, on_step: Callable[[Step], None] = lambda step: None) -> None:
    """Ask what is not yet in ``wanted.out``.

    Raises UsageError for data or a file that cannot be read, and what opening the models raises. An answer that fails
    is logged, leaves no line, and is asked for again by the next run.
    """
    sets = _sets(wanted.data)
    items = list(in_order(sets, wanted.seed))[: wanted.limit]
    done = _resume(wanted.out)
    with ExitStack() as stack:
        memories = {each.name: open_memory(each, embedder, stack, wanted.way) for each in sets}
        bench = Bench(
            stack,
            ladder=wanted.ladder,
            engine=wanted.engine,
            profile=wanted.profile,
            n_threads=wanted.n_threads,
            every=wanted.every,
            only=wanted.only,
            seed=wanted.seed,
            judge=Judge(wanted.judge_url, wanted.judge_model) if wanted.judge_url else None,
        )
        todo = [item for item in items if bench.missing(item, done)]
        file = stack.enter_context(wanted.out.open("ab"))
        if todo:
            _write(file, bench.describe(sets, embedder.id, wanted.way))
        began, answers = time.monotonic(), 0
        for number, item in enumerate(todo, start=1):
            looked = search_question(item, memories[item.set.name], embedder)
            if item.id not in done.asked:
                _write(file, line(looked))
            for tried in bench.ask(looked, bench.missing(item, done)):
                _write(file, tried)
                answers += 1
            elapsed_s = time.monotonic() - began
            on_step(
                Step(
                    questions=len(items) - len(todo) + number,
                    of=len(items),
                    answers=answers,
                    elapsed_s=elapsed_s,
                    left_s=elapsed_s / number * (len(todo) - number),
                )
            )


def refresh(wanted: CollectOptions, embedder: Embedder) -> int:
    """Write the features of every question in ``wanted.out`` anew and ask no model; return how many there are.

    For a new table of features. Raises UsageError as :func:`collect`.
    """
    sets, done = _sets(wanted.data), _resume(wanted.out)
    asked = [item for item in in_order(sets, wanted.seed) if item.id in done.asked]
    with ExitStack() as stack:
        memories = {
            name: open_memory(_named(sets, name), embedder, stack, wanted.way) for name in {i.set.name for i in asked}
        }
        file = stack.enter_context(wanted.out.open("ab"))
        for item in asked:
            _write(file, line(search_question(item, memories[item.set.name], embedder)))
    return len(asked)


def _sets(data: Sequence[str]) -> list[Set]:
    sets = [read_set(name) for name in data]
    if len({each.name for each in sets}) != len(sets):
        raise UsageError("two sets have the same name: rename one of the folders")
    return sets


def _named(sets: Sequence[Set], name: str) -> Set:
    return next(each for each in sets if each.name == name)


def _resume(path: Path) -> rows.Rows:
    """Read what is there, and cut off a last line that a killed run did not finish."""
    if not path.exists():
        return rows.gather(())
    with path.open("rb+") as file:
        file.truncate(file.read().rfind(b"\n") + 1)
    return rows.read(path)


def _write(file: BinaryIO, record: rows.Line) -> None:
    file.write(msgspec.json.encode(record) + b"\n")
    file.flush()
