"""Estimates how many threads of other processes compete for the CPUs.

It takes readings around each request. One reading counts what can run at one instant, which varies by a factor of two
on a device with steady work. The mean over the last seconds is used instead, from readings at the beginning, the middle
and the end of requests, when no worker of ours computes.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from .files import read_text
from .load import parse_runnable

RECENT_S = 5.0
"""Age in seconds up to which a reading describes the present."""
MOST = 8
"""Maximum number of readings kept."""


class Rivals:
    """The last counts of other processes' runnable threads. They compete for the CPUs of this process."""

    def __init__(self, root: Path = Path("/"), clock: Callable[[], float] = time.monotonic) -> None:
        """``root``: the folder that contains ``proc``. ``clock``: returns seconds."""
        # Made once: a new path interns its parts each time.
        self._path, self._clock = root / "proc/loadavg", clock
        self._readings: deque[tuple[float, int]] = deque(maxlen=MOST)

    @property
    def cpus(self) -> int:
        """Number of logical CPUs on which this process may run."""
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def look(self) -> None:
        """Take a reading. On systems that do not say what can run, nothing is known."""
        running = parse_runnable(read_text(self._path) or "")
        if running is not None:
            # This thread runs too. On which CPU a process runs is not said: as many as fit may run on those not ours.
            elsewhere = max(0, (os.cpu_count() or 1) - self.cpus)
            self._readings.append((self._clock(), max(0, running - 1 - elsewhere)))

    def now(self) -> float | None:
        """Return the mean number of competing threads over the last seconds. None: unknown."""
        since_s = self._clock() - RECENT_S
        recent = [runnable for at_s, runnable in tuple(self._readings) if at_s >= since_s]
        return sum(recent) / len(recent) if recent else None
