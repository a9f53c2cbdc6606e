"""Asks every system the same questions, one question at a time.

Models and clock are real, and each system has processes of its own.

One question is asked of all systems before the next, and the order of the systems changes from question to question,
so that none is always first on a cool device or last in a warm cache. Each answer is appended to the raw file at once.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import asdict

from ...config import Config
from ...device.machine import machine_block
from ...device.profiles import choose
from ...errors import UsageError
from ...memory import Embedder
from ...models.embedder import open_embedder
from ..answers.measure import MAX_TOKENS
from ..answers.open_workload import Progress
from ..interruptible import Interruptible
from ..raw_rows import RawRows
from ..routing.sets import Item
from ..sensors import Watch
from ..sensors.reading import Reading
from ..sensors.verdict import judge
from .ask import ask, warm_up
from .compare import compared
from .open_system import Opened, open_system
from .options import SystemsOptions
from .report import SystemsReport
from .row import SystemRow
from .schedule import due, key, key_of, missing, turns
from .subject import items_of, open_subjects, read_sets
from .system import System, systems_of


def measure_systems(wanted: SystemsOptions, on_progress: Progress = lambda done, total, what: None) -> SystemsReport:
    """Ask the systems the questions that the raw file lacks, then compare the systems.

    The comparison covers all rows of these sets that the file then holds. So a router can be measured in folds:
    each run asks the questions held out from one fold's weights, and the last report is of all folds.

    Raises UsageError for unknown systems and sets, if there is no question to ask, and for the raw file of another
    run, and the errors of opening a runtime. An answer that fails counts as wrong.
    """
    if unknown := wanted.every.keys() - set(wanted.names):
        raise UsageError(f"--every {min(unknown)}: give one of the systems asked, {', '.join(wanted.names)}")
    systems, sets = systems_of(wanted.models, wanted.router, wanted.names), read_sets(wanted.data)
    items = items_of(sets, wanted.limit, wanted.sample, wanted.seed)
    now = _now(items, wanted.questions)
    detected = choose(wanted.settings.profile)
    machine = machine_block(detected.device)  # before the work: it names the commit that is measured
    embedder = open_embedder(Config().embedder, n_threads=wanted.settings.n_threads or 1)
    stop, readings = Interruptible(), list[Reading]()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        opened = [_open(each, folder, wanted, embedder, stack) for each in systems]
        run = _run(machine, wanted)
        rows = stack.enter_context(RawRows(wanted.raw, run, SystemRow, key))
        with stop:
            subjects = open_subjects(sets, sorted({each.way for each in systems}), embedder, stack, on_progress)
            asked_of = {item.id: due(opened, wanted.every, item) for item in items}
            todo = [item for item in now if missing(item, asked_of[item.id], rows)]
            if todo:
                warm_up(opened, subjects[todo[0].set.name])
            with Watch(os.getpid(), readings):
                for number, item in enumerate(todo, start=1):
                    for turn, each in enumerate(turns(opened, item)):
                        if each in missing(item, asked_of[item.id], rows):
                            rows.add(ask(each, subjects[item.set.name], item, turn))
                    on_progress(len(now) - len(todo) + number, len(now), "questions")
    whole = [rows.asked[of] for item in items for each in opened if (of := key_of(item, each)) in rows.asked]
    stop.require(whole)
    quants = {name: {"quant": quant} for each in opened for name, quant in each.files.items()}
    threads = wanted.settings.n_threads or detected.profile.threads_prefill
    return SystemsReport(
        machine=machine,
        sets=tuple(each.name for each in sets),
        settings={**run, "models": quants, "routers": sorted({row.router for row in whole})},
        verdict=judge(readings, [], threads) if len(readings) > 1 else None,
        comparison=compared(
            whole,
            [each.system.name for each in opened],
            wanted.seed,
            [name for name, n in wanted.every.items() if n > 1],
        ),
        interrupted=stop.came,
    )


def _now(items: Sequence[Item], only: Collection[str] | None) -> list[Item]:
    """Return those of ``items`` to ask now. ``only``: their ids; None: all. Raises UsageError if there are none."""
    if not items:
        raise UsageError("the sets of --data hold no question: name others")
    found = [item for item in items if only is None or item.id in only]
    if only is not None and not found:
        raise UsageError(
            f"--questions names none of the {len(items)} questions of this run: {min(only)} is not among them;"
            f" write SET/QUESTION, such as {items[0].id}"
        )
    return found


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
