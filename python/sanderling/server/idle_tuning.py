"""Runs ``sanderling tune --if-idle`` while a service is idle.

It is a process of its own with low priority, which is ended when a question comes. What it installs for the search and
the ranking is used from then on; a new router from the next start of the service.
"""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..tune import last
from .service import Service

log = logging.getLogger(__name__)

QUIET_S = 900.0
"""Seconds without a request after which the service counts as idle."""
EVERY_S = 86_400.0
"""Minimum time between two tunings of a memory, in seconds."""
LOOK_EVERY_S = 60.0
ASKED_S = 1.0
"""Seconds between two checks for new requests during a tuning."""


class IdleTuning:
    """Tunes the memory of an idle service. :meth:`run` is called by a thread until :attr:`stop` is set."""

    def __init__(self, service: Service, memory: Path, command: Sequence[str] = ()) -> None:
        """``command``: the command line to run; empty: that of ``sanderling tune``."""
        self._service, self._memory = service, memory
        self._command = command or (
            *(sys.executable, "-m", "sanderling", "tune", "--if-idle", "--json"),
            *("--memory", str(memory)),
        )
        self.stop = threading.Event()

    def run(self) -> None:
        """Tune whenever the service is idle and the last tuning is old enough."""
        while not self.stop.wait(LOOK_EVERY_S):
            if self._service.idle_s() >= QUIET_S and last.age_s(self._memory) >= EVERY_S:
                self.tune()

    def tune(self) -> bool:
        """Run the tuning command until it ends or a request comes. Returns whether it ended by itself."""
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        except OSError as error:
            log.warning("nothing was tuned: %s", error)
            return False
        with process:
            while process.poll() is None:
                if self.stop.wait(ASKED_S) or self._service.idle_s() < ASKED_S:
                    process.kill()
                    return False
        if process.returncode == 0:
            self._service.runtime.memory.read_tuned()
        last.note(self._memory)
        return True


@contextlib.contextmanager
def tuning(service: Service, memory: Path, *, on: bool) -> Iterator[None]:
    """Run the tuning thread during the block if ``on``."""
    if not on:
        yield
        return
    idle = IdleTuning(service, memory)
    thread = threading.Thread(target=idle.run, name="tune", daemon=True)
    thread.start()
    try:
        yield
    finally:
        idle.stop.set()
        thread.join()
