"""Startup time of a fresh Python process that imports the package, prints help or answers a question.

Each round starts every program once, in changing order, along with a Python that does nothing. The difference within a
round is the package's share. A warm-up round comes first, so files are in the page cache.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from ..device.machine import machine_block
from ..errors import SanderlingError
from ..records import Record
from .attribution import Attribution, attribute
from .interruptible import Interruptible
from .metrics.percentiles import median_interval

BARE = "python -c pass"
# -P: the package is found where it is installed, not in the folder one happens to stand in.
PROGRAMS: dict[str, tuple[str, ...]] = {
    BARE: ("-P", "-c", "pass"),
    "import sanderling": ("-P", "-c", "import sanderling"),
    "sanderling --help": ("-P", "-m", "sanderling", "--help"),
    "sanderling bench memory --help": ("-P", "-m", "sanderling", "bench", "memory", "--help"),
}
TIMEOUT_S = 60.0


class Started(Record):
    """Startup times of one program over all rounds."""

    name: str
    wall_ms: tuple[float, ...]
    """Time from process start to exit, one entry per round."""
    median_ms: float
    interval_ms: tuple[float, float] | None
    """95 per cent interval of the median; None for fewer than 6 rounds."""
    over_bare_ms: float
    """Median difference from the Python that does nothing."""


class StartupReport(Record):
    """Startup times of all programs on one machine."""

    machine: dict[str, object]
    programs: tuple[Started, ...]
    attribution: Attribution | None = None
    """Where the time of one question goes; None: no question was given."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""


def measure(
    rounds: int = 11,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
    ask: Sequence[str] = (),
) -> StartupReport:
    """Start every program once per round, and return the startup times.

    ``ask``: arguments of ``sanderling ask``, the steps of which are timed as often; empty: it is not run. Raises
    SanderlingError if a program fails.
    """
    names = list(PROGRAMS)
    took_ms: list[dict[str, float]] = []
    for name in names:
        _start(name)
    with Interruptible() as stop:
        for number in range(rounds):
            on_progress(number, rounds, "startup")
            first = number % len(names)
            took_ms.append({name: _start(name) for name in names[first:] + names[:first]})
    stop.require(took_ms)
    attribution = (
        attribute(("ask", "--no-cache", "--json", *ask), rounds, on_progress) if ask and not stop.came else None
    )
    wall_ms = {name: [each[name] for each in took_ms] for name in names}
    return StartupReport(
        machine=machine_block(),
        programs=tuple(
            Started(
                name=name,
                wall_ms=tuple(round(value, 2) for value in wall_ms[name]),
                median_ms=statistics.median(wall_ms[name]),
                interval_ms=median_interval(wall_ms[name]),
                over_bare_ms=statistics.median(
                    value - bare for value, bare in zip(wall_ms[name], wall_ms[BARE], strict=True)
                ),
            )
            for name in names
        ),
        attribution=attribution,
        interrupted=stop.came,
    )


def _start(name: str) -> float:
    started = time.perf_counter()
    try:
        done = subprocess.run([sys.executable, *PROGRAMS[name]], capture_output=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise SanderlingError(f"{name} did not end within {TIMEOUT_S:g} s: run it by itself") from error
    wall_ms = (time.perf_counter() - started) * 1e3
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise SanderlingError(f"{name} ended with exit code {done.returncode}: {words[-1] if words else 'no message'}")
    return wall_ms
