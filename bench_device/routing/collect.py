"""Collect answers: one question after another, each answered by every model with every context.

Each line is written as soon as its answer is scored, and existing lines are not asked again. A run can thus be killed
at any time and restarted with the same arguments.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import msgspec

from ...engines import EngineName
from ...errors import UsageError
from ...memory import Embedder
from ...models import configured
from ...records import BlockHead, ContextBin, Record
from ...router.labels import rows
from ..answers.open_workload import DEFAULT_WAY
from ..judge.permission import permission
from ..judge.remote import RemoteJudge
from .bench import Bench
from .search import line, open_memory, search_question
from .sets import Set, in_order, read_set


class CollectOptions(Record):
    """Options of a collection."""

    data: tuple[str, ...]
    out: Path
    ladder: str = "open-small"
    engine: EngineName = "auto"
    profile: str = "auto"
    n_threads: int = 1
    seed: int = 0
    """Seed of the order of questions, and of sampling above temperature 0."""
    limit: int | None = None
    """Maximum number of questions over all sets; None: all."""
    every: Mapping[str, int] = {}
    """By model or context: n for a slow one, which then gets only every n-th question of a set; the others get all."""
    only: tuple[str, ...] = ()
    """Models and contexts to ask; empty: all."""
    cells: Mapping[str, int] = {}
    """By ``MODEL:CONTEXT``: n, to ask it every n-th question of a set; no others are asked. Empty: see ``every``."""
    tokens: Mapping[ContextBin, int] = {}
    """Sizes of contexts that differ from the profile's."""
    head: BlockHead = "short"
    """Head of each block of the context."""
    texts: Path | None = None
    """File to which the texts of the answers are appended as JSON lines; None: they are not kept."""
    way: str = DEFAULT_WAY
    """Search method, by its name in :func:`~sanderling.bench_device.retrieval.ways.ways`."""
    judge_url: str = ""
    """Address of the grading model; empty: no grades."""
    judge_model: str = ""


class Step(Record):
    """Progress of a collection."""

    questions: int
    of: int
    answers: int
    """Answers made in this run."""
    elapsed_s: float
    left_s: float


def collect(wanted: CollectOptions, embedder: Embedder, on_step: Callable[[Step], None] = lambda step: None) -> None:
    """Collect the answers that the file ``wanted.out`` lacks, and append them to it.

    Raises UsageError for unreadable data or an unreadable file, and the errors of opening the models. A failed answer
    is logged, writes no line, and is retried by the next run.
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
            cells=wanted.cells,
            tokens=wanted.tokens,
            head=wanted.head,
            seed=wanted.seed,
            judge=_judge(wanted),
        )
        todo = [item for item in items if bench.missing(item, done)]
        file = stack.enter_context(wanted.out.open("ab"))
        texts = stack.enter_context(wanted.texts.open("ab")) if wanted.texts else None
        if todo:
            _write(file, bench.describe(sets, embedder.id, wanted.way))
        began, answers = time.monotonic(), 0
        for number, item in enumerate(todo, start=1):
            looked = search_question(item, memories[item.set.name], embedder)
            if item.id not in done.asked:
                _write(file, line(looked))
            for answered in bench.ask(looked, bench.missing(item, done)):
                _write(file, answered.tried)
                if texts is not None:
                    texts.write(msgspec.json.encode((answered.tried.cell, answered.text)) + b"\n")
                    texts.flush()
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
    """Recompute the features of all questions in ``wanted.out``; return the number of questions.

    No model is asked. Needed after a change of the feature table. Raises UsageError as :func:`collect`.
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


def _judge(wanted: CollectOptions) -> RemoteJudge | None:
    """Return the judge that was asked for; naming its address permits it, up to the limit of ``config.toml``."""
    if not wanted.judge_url:
        return None
    permit, _ = permission(wanted.judge_url, "any", configured.load())
    return RemoteJudge(wanted.judge_url, wanted.judge_model, permit)


def _named(sets: Sequence[Set], name: str) -> Set:
    return next(each for each in sets if each.name == name)


def _resume(path: Path) -> rows.Rows:
    """Cut off an incomplete last line of the file; return the content of the complete lines.

    Raises UsageError for a file that is no collection, and leaves it as it is.
    """
    if path.suffix == ".gz":
        raise UsageError(f"{path} would be packed, and answers are appended as lines: name a file without .gz")
    if not path.exists():
        return rows.gather(())
    done = rows.gather(rows.lines(path))
    held = path.read_bytes()
    whole = held.rfind(b"\n") + 1
    if held and not whole and not held.startswith(b'{"type":"collection"'):
        raise UsageError(f"{path} is no collection: name another file with --out")
    os.truncate(path, whole)
    return done


def _write(file: BinaryIO, record: rows.Line) -> None:
    file.write(msgspec.json.encode(record) + b"\n")
    file.flush()
