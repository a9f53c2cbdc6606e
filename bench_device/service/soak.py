"""Measures how a service's memory and file descriptors grow over many requests.

The service runs in this process, the clients in another, so that only the service's growth is read.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil

from ... import child_process, heap
from ...device.machine import machine_block
from ...engines.rss import rss_bytes
from ...errors import SanderlingError
from ...records import Record
from ...server.settings import Settings
from ..interruptible import Interruptible
from .running import running
from .scripted import scripted_runtime

CLIENTS = f"{__package__}.clients"
WARM_UP = 1000
"""Requests before the first reading, while caches and arenas fill."""
READINGS = 20


class Reading(Record):
    """Memory and descriptors of the process after a number of requests."""

    requests: int
    rss_bytes: int
    descriptors: int


class Soak(Record):
    """Readings over a run."""

    machine: dict[str, object]
    readings: tuple[Reading, ...]
    outcomes: dict[str, int]
    """Requests by kind and status."""
    seconds: float
    interrupted: bool = False

    @property
    def growth(self) -> float:
        """Growth of the resident memory from the first reading to the last, as a share of the first."""
        return self.readings[-1].rss_bytes / self.readings[0].rss_bytes - 1

    @property
    def more_descriptors(self) -> int:
        """Open descriptors at the last reading minus those at the first."""
        return self.readings[-1].descriptors - self.readings[0].descriptors


def soak(
    requests: int = 100_000, on_progress: Callable[[int, int, str], None] = lambda done, total, what: None
) -> Soak:
    """Send ``requests`` requests, and read the process's memory from time to time.

    :data:`WARM_UP` others are sent before.
    """
    readings: list[Reading] = []
    outcomes: Counter[str] = Counter()
    began_s = time.monotonic()
    heap.use_one_arena()  # as `sanderling serve` does
    with (
        Interruptible() as stop,
        tempfile.TemporaryDirectory() as folder,
        scripted_runtime(Path(folder)) as runtime,
        running(runtime, Settings(max_queue=64)) as served,
    ):
        done = 0
        for part in [WARM_UP, *_parts(requests)]:
            outcomes += _asked(served.port, done, part)
            done += part
            on_progress(done, requests + WARM_UP, "requests")
            while served.service.generations:
                time.sleep(0.01)
            readings.append(Reading(requests=done, rss_bytes=rss_bytes(), descriptors=psutil.Process().num_fds()))
    stop.require(readings)
    return Soak(
        machine=machine_block(),
        readings=tuple(readings),
        outcomes=dict(sorted(outcomes.items())),
        seconds=time.monotonic() - began_s,
        interrupted=stop.came,
    )


def _parts(requests: int) -> list[int]:
    size = max(1, requests // READINGS)
    whole, rest = divmod(requests, size)
    return [size] * whole + ([rest] if rest else [])


def _asked(port: int, begin: int, count: int) -> Counter[str]:
    """Let clients in a process of their own send requests; return the number of each outcome."""
    done = child_process.run(CLIENTS, str(port), str(begin), str(count))
    if done.returncode:
        raise SanderlingError(f"the clients ended with exit code {done.returncode}: {done.stderr.strip()[-500:]}")
    return Counter(msgspec.json.decode(done.stdout, type=dict[str, int]))
