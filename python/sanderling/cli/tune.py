"""``sanderling tune``: measure settings on this device, and install better ones."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from .. import ranges
from ..errors import UsageError
from . import options, output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..memory import Memory
    from ..tune.tune import Tuned

EXAMPLES = "Examples:  sanderling tune --dry-run   |   sanderling tune search attention   |   sanderling tune --if-idle"


def tune(
    what: Annotated[
        list[str] | None, typer.Argument(help="What to tune: search, nprobe, attention, router. Default: all.")
    ] = None,
    memory: options.MemoryOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Measure, and install nothing.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back to the settings before; again: undo.")] = False,
    if_idle: Annotated[
        bool, typer.Option("--if-idle", help="Do nothing on battery, or while other processes need the CPUs: for cron.")
    ] = False,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of what is drawn.")] = 0,
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Tune search, ranking and router from this device's notes and log.

    A setting is changed only if it is better beyond chance on notes and answers held out, and the one before is kept. A
    service that runs uses what was installed from its next start on. With --json one value per line.
    """
    if rollback and (dry_run or if_idle):
        raise UsageError("--rollback changes settings back at once: leave out --dry-run and --if-idle")
    names, path = _names(what), options.existing_memory(memory)
    if if_idle and (reason := _busy()):
        _say_busy(reason, json)
        return
    with _opened(path, threads) as found:
        if rollback:
            _back(found, names, seed, json, chosen=bool(what))
            return
        _tune(found, names, seed, dry_run, json)


def _names(what: Sequence[str] | None) -> tuple[str, ...]:
    from ..tune.tunables import NAMES

    for name in what or ():
        if name not in NAMES:
            raise UsageError(f"{name} cannot be tuned: choose among {', '.join(NAMES)}")
    return tuple(name for name in NAMES if not what or name in what)


def _busy() -> str:
    import os

    from ..tune.idle import busy_with

    reason = busy_with()
    if not reason and hasattr(os, "nice"):
        os.nice(10)  # what begins meanwhile goes first
    return reason


def _say_busy(reason: str, json: bool) -> None:
    if json:
        output.json_line({"busy": reason})
    else:
        output.line(f"nothing was tuned, since the device is not idle: {reason}")


@contextmanager
def _opened(path: Path, threads: int | None) -> Iterator[Memory]:
    from ..device import profiles
    from ..memory import Memory
    from ..models import configured
    from ..models.embedder import open_for_memory

    settings = configured.load()
    n_threads = threads or settings.n_threads or profiles.choose().profile.threads_prefill
    embedder, warning = open_for_memory(path, settings.embedder, n_threads=n_threads)
    with Memory.open(path, embedder, clusters=settings.clusters, warning=warning) as memory:
        yield memory
        for line in memory.warnings:
            output.warn(line)


def _tune(memory: Memory, names: Sequence[str], seed: int, dry_run: bool, json: bool) -> None:
    from ..tune.tunables import Subjects, tunables
    from ..tune.tune import tune as tuned

    every = tunables(Subjects(memory, seed))
    for done in tuned((every[name] for name in names), dry_run=dry_run):
        if json:
            output.json_line(done)
        else:
            output.line(_said(done, dry_run))


def _said(done: Tuned, dry_run: bool) -> str:
    if done.refused:
        return f"{done.what}: {done.reason}: {done.refused}"
    if done.installed:
        end = f"installed;  sanderling tune {done.what} --rollback  goes back"
    elif done.better and dry_run:
        end = "dry run: better beyond chance, and not installed"
    else:
        end = "kept as it is"
    gain = "" if done.gain is None else "; gain {:+.4f} [{:+.4f}, {:+.4f}]".format(*done.gain)
    return f"{done.what}: {done.reason}{gain}: {end}"


def _back(memory: Memory, names: Sequence[str], seed: int, json: bool, *, chosen: bool) -> None:
    """Roll back each of ``names``. ``chosen``: they were named, and one that was never tuned is an error."""
    from ..tune.tunables import Subjects, tunables

    every, done = tunables(Subjects(memory, seed)), 0
    for name in names:
        try:
            now = every[name].rollback()
        except UsageError:
            if chosen:
                raise
            continue
        done += 1
        if json:
            output.json_line({"what": name, "now": now})
        else:
            output.line(f"{name}: {now}; --rollback again undoes this")
    if not done:
        raise UsageError("nothing was ever tuned here: there is nothing to go back to")
