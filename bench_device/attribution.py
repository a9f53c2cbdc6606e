"""Attributes the time of one ``sanderling ask`` to the steps of its process.

A fresh process is timed from its start to its end. The command runs in a child (:mod:`sanderling.bench_device.steps`),
in which each step is timed by wrapping the function that does it; the product itself has no such hooks. A step's own
time excludes the steps within it, so that the steps add up to the whole; what no step covers is reported as such. The
model loads in another process meanwhile: only the part that the question had to wait for appears.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import msgspec

from ..errors import SanderlingError
from ..records import Record
from . import steps
from .interruptible import Interruptible

TIMEOUT_S = 300.0


class Step(Record):
    """The time of one step over all rounds."""

    name: str
    ms: tuple[float, ...]
    median_ms: float


class Attribution(Record):
    """The wall time of one command, step by step."""

    arguments: tuple[str, ...]
    wall_ms: tuple[float, ...]
    steps: tuple[Step, ...]
    """In the order in which they begin; the last two are what surrounds them."""


def attribute(
    arguments: Sequence[str], rounds: int, on_progress: Callable[[int, int, str], None] = lambda done, total, what: None
) -> Attribution:
    """Run a command in fresh processes, and attribute the wall time to the command's steps.

    The command ``sanderling ARGUMENT ...`` runs in ``rounds`` processes, after one to warm up.

    Raises SanderlingError if the command fails.
    """
    _run(arguments)
    runs: list[tuple[float, dict[str, float]]] = []
    with Interruptible() as stop:
        for number in range(rounds):
            on_progress(number, rounds, "attribution")
            runs.append(_run(arguments))
    stop.require(runs)
    names = list(dict.fromkeys(name for _, ms in runs for name in ms))
    return Attribution(
        arguments=tuple(arguments),
        wall_ms=tuple(round(wall_ms, 2) for wall_ms, _ in runs),
        steps=tuple(_step(name, [ms.get(name, 0.0) for _, ms in runs]) for name in names),
    )


def _step(name: str, ms: list[float]) -> Step:
    return Step(name=name, ms=tuple(round(value, 2) for value in ms), median_ms=statistics.median(ms))


def _run(arguments: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Return the wall time of one process and the time of its steps, in ms."""
    began = time.time()
    command = [sys.executable, "-P", "-m", steps.__name__, repr(began), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise SanderlingError(f"{' '.join(arguments)} did not end within {TIMEOUT_S:g} s: run it by itself") from error
    ended = time.time()
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    reports = [line.removeprefix(steps.MARK) for line in lines if line.startswith(steps.MARK)]
    if done.returncode != 0 or not reports:
        words = next((line for line in reversed(lines) if not line.startswith(steps.MARK)), "no message")
        raise SanderlingError(f"{' '.join(arguments)} ended with exit code {done.returncode}: {words}")
    report = msgspec.json.decode(reports[0], type=_Report)
    return (ended - began) * 1e3, report.ms | {"exit": (ended - report.ended) * 1e3}


class _Report(msgspec.Struct):
    """What the child process reports: its end, in seconds since 1970, and the milliseconds of each step."""

    ended: float
    ms: dict[str, float]
