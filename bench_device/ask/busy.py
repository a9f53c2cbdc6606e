"""Keep CPUs busy during a measurement, and report how much CPU time the busy processes got."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

import psutil

from ..sensors.system import allowed_cpus

# Under ordinary scheduling whatever this process has: under real-time priority it would stop the device. It ends when
# its stdin closes, even if this process is killed.
_BURN = """
import os, threading
if hasattr(os, "sched_setscheduler"):
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
while True:
    pass
"""


class Busy:
    """Context manager that keeps ``count`` single-threaded processes busy: ``with Busy(2) as busy: measure()``."""

    def __init__(self, count: int) -> None:
        """``count``: number of processes; 0: none."""
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []
        self._began_s = 0.0
        self.share: float | None = None
        """Share of all CPUs that the busy processes got, once the block has ended; None: unknown, or there are none."""

    def __enter__(self) -> Self:
        """Start the processes."""
        for _ in range(self._count):
            self._processes.append(
                subprocess.Popen([sys.executable, "-P", "-S", "-c", _BURN], stdin=subprocess.PIPE, close_fds=True)
            )
        self._began_s, self._before_s = time.monotonic(), self._cpu_s()
        return self

    def _cpu_s(self) -> float:
        times = [psutil.Process(process.pid).cpu_times() for process in self._processes]
        return float(sum(each.user + each.system for each in times))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Store the busy processes' share of the CPUs, then end the processes."""
        seconds = time.monotonic() - self._began_s
        if self._processes and seconds > 0:
            with contextlib.suppress(psutil.Error):  # one was killed from outside, so their share is unknown
                self.share = (self._cpu_s() - self._before_s) / seconds / len(allowed_cpus())
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
        for process in self._processes:
            process.kill()
            process.wait()


def scheduling() -> str:
    """Return how this process is scheduled: ``ordinary``, ``nice N``, or the name of a real-time policy."""
    if hasattr(os, "sched_getscheduler"):
        policy = os.sched_getscheduler(0)
        for name in ("SCHED_FIFO", "SCHED_RR"):
            if policy == getattr(os, name):
                return f"{name} {os.sched_getparam(0).sched_priority}"
    nice = os.nice(0) if hasattr(os, "nice") else 0
    return f"nice {nice}" if nice else "ordinary"
