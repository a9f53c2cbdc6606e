"""Asks every system the same questions, one question at a time.

Models and clock are real, and each system has processes of its own.

One question is asked of all systems before the next, and the order of the systems rotates from question to question,
so that none is always first on a cool device or last in a warm cache. Each answer is appended to the raw file at once.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import asdict, replace

from ...config import Config
from ...device.machine import machine_block
from ...device.profiles import choose
from ...errors import SanderlingError, UsageError
from ...memory import Embedder
from ...models.embedder import open_embedder
from ...records import Answer, Record
from ..answers.measure import MAX_TOKENS
from ..answers.open_workload import Progress, asking
from ..interruptible import Interruptible
from ..raw_rows import RawRows
from ..routing.sets import Item
from ..run.questions import WARM_UP
from ..sensors import Watch
from ..sensors.reading import Reading
from ..sensors.verdict import judge
from .compare import compared
from .open_system import Opened, Settings, open_system
from .report import SystemsReport
from .row import SystemRow, blank, scored, worth_of
from .subject import Subject, items_of, open_subjects, read_sets
from .system import NAMES, System, systems_of

Key = tuple[str, str, str]


class SystemsOptions(Record):
    """Options of a run."""

    data: tuple[str, ...]
    models: tuple[str, ...]
    """Ids of the models to choose from, smallest first."""
    names: tuple[str, ...] = NAMES
    router: str = "rule"
    settings: Settings = Settings()
    every: Mapping[str, int] = {}
    """By system: n for one that is asked only every n-th question of each set, such as a slow one."""
    questions: frozenset[str] | None = None
    """Ids ``SET/QUESTION`` of those to ask now, such as those held out from the router's training; None: all."""
    limit: int | None = None
    """Greatest number of questions, over all sets; None: all."""
    sample: int | None = None
    """Number of questions drawn of each set; None: all."""
    seed: int = 0
    raw: Path | None = None


def measure_systems(wanted: SystemsOptions, on_progress: Progress = lambda done, total, what: None) -> SystemsReport:
    """Ask the systems the questions that the raw file lacks, then compare the systems.

    The comparison covers all rows of these sets that the file then holds. So a router can be measured in folds:
    each run asks the questions held out from one fold's weights, and the last report is of all folds.

    Raises UsageError for unknown systems and sets and for the raw file of another run, and the errors of opening a
    runtime. An answer that fails counts as wrong.
    """
    if unknown := wanted.every.keys() - set(wanted.names):
        raise UsageError(f"--every {min(unknown)}: give one of the systems asked, {', '.join(wanted.names)}")
    systems, sets = systems_of(wanted.models, wanted.router, wanted.names), read_sets(wanted.data)
    items = items_of(sets, wanted.limit, wanted.sample, wanted.seed)
    detected = choose(wanted.settings.profile)
    machine = machine_block(detected.device)  # before the work: it names the commit that is measured
    embedder = open_embedder(Config().embedder, n_threads=wanted.settings.n_threads or 1)
    stop, readings = Interruptible(), list[Reading]()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        opened = [_open(each, folder, wanted, embedder, stack) for each in systems]
        run = _run(machine, wanted)
        rows = stack.enter_context(RawRows(wanted.raw, run, SystemRow, _key))
        with stop:
            subjects = open_subjects(sets, sorted({each.way for each in systems}), embedder, stack, on_progress)
            due = {item.id: _due(opened, wanted.every, place) for item, place in _places(items)}
            now = [
                (at, item) for at, item in enumerate(items) if wanted.questions is None or item.id in wanted.questions
            ]
            todo = [(at, item) for at, item in now if _missing(item, due[item.id], rows)]
            if todo:
                _warm_up(opened, subjects[todo[0][1].set.name])
            with Watch(os.getpid(), readings):
                for number, (at, item) in enumerate(todo, start=1):
                    for turn, each in enumerate(_turns(opened, at)):
                        if each in _missing(item, due[item.id], rows):
                            rows.add(_ask(each, subjects[item.set.name], item, turn))
                    on_progress(len(now) - len(todo) + number, len(now), "questions")
    whole = [rows.asked[key] for item in items for each in opened if (key := _key_of(item, each)) in rows.asked]
    stop.require(whole)
    parameters = {name: {"quant": quant} for each in opened for name, quant in each.files.items()}
    threads = wanted.settings.n_threads or detected.profile.threads_prefill
    return SystemsReport(
        machine=machine,
        sets=tuple(each.name for each in sets),
        settings={**run, "models": parameters, "routers": sorted({row.router for row in whole})},
        verdict=judge(readings, [], threads) if len(readings) > 1 else None,
        comparison=compared(
            whole,
            [each.system.name for each in opened],
            wanted.seed,
            [name for name, n in wanted.every.items() if n > 1],
        ),
        interrupted=stop.came,
    )


def _open(system: System, folder: Path, wanted: SystemsOptions, embedder: Embedder, stack: ExitStack) -> Opened:
    own = folder / system.name
    own.mkdir()
    opened = open_system(system, own, wanted.settings, embedder)
    stack.callback(opened.runtime.close)
    return opened


def _run(machine: dict[str, object], wanted: SystemsOptions) -> dict[str, object]:
    """Return what rows of one raw file have in common; which sets, systems and routers were asked may differ."""
    return {
        "commit": machine["commit"],
        "models": list(wanted.models),
        **asdict(wanted.settings),
        "temperature": 0,
        "max_tokens": MAX_TOKENS,
        "embedder": Config().embedder,
    }


def _key(row: SystemRow) -> Key:
    return row.question, row.digest, row.system


def _key_of(item: Item, opened: Opened) -> Key:
    return item.id, item.set.digest, opened.system.name


def _places(items: Sequence[Item]) -> Iterator[tuple[Item, int]]:
    """Yield each question with its number within its set. The sets come in turn, so one over all would favour some."""
    asked: Counter[str] = Counter()
    for item in items:
        yield item, asked[item.set.name]
        asked[item.set.name] += 1


def _due(opened: Sequence[Opened], every: Mapping[str, int], place: int) -> list[Opened]:
    """Return the systems that are asked question number ``place`` of its set."""
    return [each for each in opened if place % every.get(each.system.name, 1) == 0]


def _missing(item: Item, opened: Sequence[Opened], rows: RawRows[Key, SystemRow]) -> list[Opened]:
    return [
        each for each in opened if (row := rows.asked.get(_key_of(item, each))) is None or row.router != each.router_id
    ]


def _turns(opened: Sequence[Opened], at: int) -> list[Opened]:
    """Return the systems in the order in which question number ``at`` is asked of them."""
    first = at % len(opened)
    return [*opened[first:], *opened[:first]]


def _warm_up(opened: Sequence[Opened], subject: Subject) -> None:
    """Load every model of every system, and let it keep its system prompt, as after a first question."""
    for each in opened:
        with asking(each.runtime, subject.memories[each.system.way]):
            for model in each.files:
                each.runtime.ask(WARM_UP, temperature=0, max_tokens=1, context=each.context, model=model, cache=False)


def _ask(opened: Opened, subject: Subject, item: Item, turn: int) -> SystemRow:
    system, row = opened.system, blank(item, opened.system.name, opened.router_id, turn, time.time())
    opened.work.begin()
    try:
        with asking(opened.runtime, subject.memories[system.way]):
            answer: Answer = opened.runtime.ask(
                item.question.text,
                temperature=0,
                max_tokens=MAX_TOKENS,
                context=opened.context,
                model=next(iter(opened.files)) if opened.context is not None else "",
                cache=False,
            )
    except SanderlingError as error:
        row = replace(row, error=f"{type(error).__name__}: {error}")
    else:
        row = scored(row, item, answer, subject.shown(answer))
    work = opened.work
    if work.drafts > 1 and not row.liked:
        row = replace(row, first_quality=worth_of(work.first_text, item), first_ms=work.first_ms)
    return replace(row, drafts=work.drafts, computed_tokens=work.tokens, tflop=work.tflop, cpu_ms=work.cpu_ms)
