"""Readings before, during and after a measurement, taken by a background thread.

One reading per second costs a few milliseconds of one CPU. They are charged to this process, so they do not count as
other load.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from . import energy, heat, system
from .reading import Reading

EVERY_S = 1.0


def read(pid: int | None, root: Path = Path("/")) -> Reading:
    """Read all sensors once. ``pid``: the worker; None: there is no worker."""
    cpus = system.allowed_cpus()
    peak, in_swap = system.memory(root, pid)
    joules, ranges = energy.counters(root)
    return Reading(
        at_s=time.monotonic(),
        temperature_c=heat.temperature_c(root),
        clock_mhz=heat.clock_mhz(root, cpus),
        throttle_events=heat.throttle_events(root, cpus),
        throttled_by=heat.throttled_by(root),
        on_battery=system.on_battery(),
        cpus=len(cpus),
        busy_s=system.busy_s(cpus),
        own_s=system.own_s(pid),
        major_faults=system.major_faults(root, pid),
        swapped_in_pages=system.swapped_in_pages(root),
        worker_swap_bytes=in_swap,
        peak_rss_bytes=peak,
        energy_j=joules,
        energy_range_j=ranges,
        power_w=energy.power_w(root),
    )


class Watch:
    """Context manager that collects readings: ``with Watch(pid) as watch: measure()``.

    ``watch.readings`` then holds at least two more readings.
    """

    def __init__(self, pid: int | None, readings: list[Reading] | None = None) -> None:
        """``pid``: the worker. ``readings``: those of earlier parts of the same measurement; None: there were none."""
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.readings = [] if readings is None else readings

    def _run(self) -> None:
        while not self._over.wait(EVERY_S):
            self.readings.append(read(self._pid))

    def __enter__(self) -> Self:
        """Take the first reading and start the thread."""
        self.readings.append(read(self._pid))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread and take the last reading."""
        self._over.set()
        self._thread.join()
        self.readings.append(read(self._pid))
