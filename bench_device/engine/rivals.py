"""Processes that keep CPUs busy during a measurement, and end when the measuring process ends."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType

import psutil

# The thread waits for the end of stdin, whose other end only this process holds: however it ends, the rival ends too.
_SPIN = """
import os, threading
def follow():
    while os.read(0, 1): pass
    os._exit(0)
threading.Thread(target=follow, daemon=True).start()
print(flush=True)
while True: pass
"""


class Rivals:
    """Processes that each keep one CPU busy, for use in a ``with`` block."""

    def __init__(self, count: int) -> None:
        """Prepare ``count`` processes; they start with the block."""
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []

    def cpu_s(self) -> float:
        """Return the CPU seconds that the processes have used together."""
        used = 0.0
        for process in self._processes:
            times = psutil.Process(process.pid).cpu_times()
            used += times.user + times.system
        return used

    def __enter__(self) -> Rivals:
        """Start the processes, and wait until each of them is busy."""
        try:
            for _ in range(self._count):
                self._processes.append(
                    # -S: without site-packages, whose start hooks might do anything.
                    subprocess.Popen(
                        [sys.executable, "-P", "-S", "-c", _SPIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE
                    )
                )
            for process in self._processes:
                assert process.stdout is not None
                process.stdout.readline()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes."""
        self._end()

    def _end(self) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.communicate()
        self._processes.clear()
