"""Measures how many CPUs other processes keep busy.

It reads the system's counters. The system keeps them anyway, so nothing waits and nothing is probed.

===============================  =====================================================================================
/proc/stat                       busy time of each CPU; less our own, it is the others' use since the reading before
/proc/loadavg, fourth field      processes that run or wait for a CPU at this instant, ours included
``/proc/self/task/*/schedstat``  how long our threads were ready to run and had no CPU
psutil.cpu_times                 busy time of all CPUs, on macOS
===============================  =====================================================================================

Android hides the first two from apps; the third remains. Pressure (/proc/pressure/cpu) is not read: it counts our own
threads' waiting for each other as well.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from ..records import Record
from .files import list_folder, read_text

SHORTEST_WINDOW_S = 0.1
"""Shortest time over which use is averaged, in seconds.

/proc/stat counts in steps of 10 ms.
"""
LONGEST_WINDOW_S = 1.0
"""Longest time over which use is averaged, in seconds.

It lies between two requests: what ran before says little about now.
"""


class Load(Record):
    """The load that other processes put on this process's CPUs. None: not known."""

    cpus: int
    """Number of logical CPUs on which this process may run."""
    used: float | None = None
    """Mean number of CPUs that other processes used during ``window_s``."""
    waited: float | None = None
    """Mean number of our threads that waited for a CPU during ``window_s``."""
    runnable: int | None = None
    """Number of other processes that ran or waited for a CPU at the reading. On any CPU."""
    window_s: float = 0.0
    """Seconds that ``used`` and ``waited`` cover; 0: both are unknown."""

    @property
    def others(self) -> float | None:
        """Number of CPUs that other processes demand, at most ``cpus``.

        It is the largest of ``used``, ``waited`` and ``runnable``.
        """
        known = [value for value in (self.used, self.waited, self.runnable) if value is not None]
        return min(float(max(known)), float(self.cpus)) if known else None


def parse_stat(text: str, ticks_per_s: int) -> dict[int, float]:
    """Return each CPU's busy seconds since the system's start, from /proc/stat.

    Time stolen by a hypervisor counts as busy: it is not ours. Lines that are not understood are left out.
    """
    busy = {}
    for line in text.splitlines():
        name, *fields = line.split() or [""]
        number = name.removeprefix("cpu")
        if name == number or not number.isdecimal():
            continue
        if len(fields) < 4 or not all(field.isdecimal() for field in fields):
            continue
        user, nice, system, _idle, _wait, *rest = [*map(int, fields), 0]
        # Of the rest: irq, softirq, steal. Guests' time, which follows, is part of user and nice.
        busy[int(number)] = (user + nice + system + sum(rest[:3])) / ticks_per_s
    return busy


def parse_runnable(text: str) -> int | None:
    """Return the number of runnable processes from /proc/loadavg; None: unknown."""
    fields = text.split()
    running, slash, _ = fields[3].partition("/") if len(fields) > 3 else ("", "", "")
    return int(running) if slash and running.isdecimal() else None


def parse_process(text: str, ticks_per_s: int) -> float | None:
    """Return a process's CPU seconds from /proc/PID/stat; None: unknown."""
    # The name, in parentheses, may contain spaces and parentheses itself.
    fields = text.rpartition(")")[2].split()
    if len(fields) < 13 or not (fields[11] + fields[12]).isdecimal():
        return None
    return (int(fields[11]) + int(fields[12])) / ticks_per_s


def waited_s(root: Path) -> float | None:
    """Return how long this process's threads have waited for a CPU, in seconds. None: unknown."""
    waits = [(read_text(task / "schedstat") or "").split() for task in list_folder(root / "proc/self/task")]
    known = [int(fields[1]) for fields in waits if len(fields) > 1 and fields[1].isdecimal()]
    return sum(known) / 1e9 if known else None


class _Counters(Record):
    """The system's counters at one moment; None: unknown."""

    at_s: float
    cpus: tuple[int, ...]
    """Logical CPUs on which this process may run."""
    online: int
    """Number of logical CPUs of the system."""
    busy_s: float | None
    """Busy seconds of ``cpus``, for all processes."""
    own_s: float
    """CPU seconds of this process and of its parent."""
    waited_s: float | None


class LoadMeter:
    """Measures the load of the CPUs between two readings of counters.

    A reading takes a fraction of a millisecond. Others are all processes but this one and its parent, which waits while
    a worker computes.
    """

    def __init__(self, root: Path = Path("/"), clock: Callable[[], float] = time.monotonic) -> None:
        """Take the first reading. ``root``: the folder that contains ``proc``. ``clock``: returns seconds."""
        self._root, self._clock = root, clock
        self._ticks_per_s = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
        self._last = self._counters()
        self._load = Load(cpus=len(self._last.cpus))

    def read(self, *, instant: bool = False) -> Load:
        """Return the load since the last reading.

        Within ``SHORTEST_WINDOW_S`` of the last reading: the last load again. ``instant``: this is the first reading of
        a request. An average over a long pause is then left out, and the processes that can run right now are counted;
        later that would take every passing process for a rival.
        """
        now = self._counters()
        window_s = now.at_s - self._last.at_s
        if window_s >= SHORTEST_WINDOW_S or now.cpus != self._last.cpus:
            stale = instant and window_s > LONGEST_WINDOW_S
            self._load = Load(cpus=len(now.cpus)) if stale else _between(self._last, now)
            self._last = now
        load = self._load
        running = parse_runnable(read_text(self._root / "proc/loadavg") or "") if instant else None
        if running is None:
            return load
        # This thread runs too. On which CPU a process runs is not said: as many as fit may run on those not ours.
        elsewhere = max(0, now.online - load.cpus)
        return msgspec.structs.replace(load, runnable=max(0, running - 1 - elsewhere))

    def _counters(self) -> _Counters:
        allowed = tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()
        cpus = allowed or tuple(range(os.cpu_count() or 1))
        stat = read_text(self._root / "proc/stat")
        each = parse_stat(stat, self._ticks_per_s) if stat else {}
        parent = parse_process(read_text(self._root / f"proc/{os.getppid()}/stat") or "", self._ticks_per_s)
        return _Counters(
            at_s=self._clock(),
            cpus=cpus,
            online=len(each) or len(cpus),
            busy_s=sum(each[cpu] for cpu in cpus) if all(cpu in each for cpu in cpus) else _busy_without_proc(),
            own_s=time.process_time() + (parent or 0.0),
            waited_s=waited_s(self._root),
        )


def _busy_without_proc() -> float | None:
    """Return the busy seconds of all CPUs on macOS; None elsewhere.

    /proc may be hidden on purpose there.
    """
    if sys.platform != "darwin":
        return None
    import psutil

    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


def _between(before: _Counters, now: _Counters) -> Load:
    window_s, cpus = now.at_s - before.at_s, len(now.cpus)
    if window_s <= 0 or now.cpus != before.cpus:
        return Load(cpus=cpus)
    used = waited = None
    if now.busy_s is not None and before.busy_s is not None:
        others_s = now.busy_s - before.busy_s - (now.own_s - before.own_s)
        used = min(max(0.0, others_s / window_s), float(cpus))
    if now.waited_s is not None and before.waited_s is not None:
        # A thread that has ended takes its waiting along.
        waited = max(0.0, now.waited_s - before.waited_s) / window_s
    return Load(cpus=cpus, used=used, waited=waited, window_s=window_s)
