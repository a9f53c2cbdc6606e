"""A child process that runs a peer or Sanderling and answers lines of JSON.

Its memory is that of all its processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self

import msgspec
import psutil

from ...errors import EngineError
from . import child

_ENDS_S = 30.0
"""Time for a child to end by itself."""
_LOOKED_S = 1.0
"""Between two looks at a child's memory; a look takes a few milliseconds from all that share the CPU."""


class PeerProcess:
    """A running child process.

    Close it, or use it as a context manager.
    """

    def __init__(self, name: str, command: Sequence[str], settings: dict[str, object], log: Path) -> None:
        """Start ``command`` with ``settings``. ``log``: file for what it prints to stderr."""
        self.name, self._log = name, log
        self.peak_rss_bytes = 0
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        if command[0] == sys.executable:
            environment = dict(os.environ)
        # Libraries with thread pools of their own, as OpenMP's, obey the same number of threads as the model.
        environment |= child.QUIET | {"OMP_NUM_THREADS": str(settings["threads"])}
        self._errors = log.open("ab")
        self._process = subprocess.Popen(
            [*command, msgspec.json.encode(settings).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
        )
        self._looking, self._called, self._ended = Lock(), False, Event()
        self._looker = Thread(target=self._follow, daemon=True)
        self._looker.start()

    def call(self, do: str, **fields: object) -> dict[str, Any]:
        """Send one request and return the reply. Raises EngineError if it failed or the process has ended."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        self._called = True
        try:
            stdin.write(msgspec.json.encode({"do": do, **fields}) + b"\n")
            stdin.flush()
            line = stdout.readline()
        except OSError:
            line = b""
        self._called = False
        self._look()
        if not line:
            raise EngineError(f"{self.name} has ended: {self._last_words()}")
        reply = msgspec.json.decode(line, type=dict[str, Any])
        if "error" in reply:
            raise EngineError(f"{self.name}: {reply['error']}")
        return reply

    def close(self) -> None:
        """End the process, by force if it does not end by itself."""
        self._ended.set()
        self._looker.join()
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        with suppress(OSError):
            stdin.write(msgspec.json.encode({"do": "end"}) + b"\n")
            stdin.flush()
        with suppress(OSError):
            stdin.close()
        try:
            self._process.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        stdout.close()
        self._errors.close()

    def __enter__(self) -> Self:
        """Return the process itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()

    def _follow(self) -> None:
        """Look now and then during a call, since a process of the child may come and go within it."""
        while not self._ended.wait(_LOOKED_S):
            if self._called:
                self._look()

    def _look(self) -> None:
        with self._looking:
            self.peak_rss_bytes = max(self.peak_rss_bytes, self._rss_bytes())

    def _rss_bytes(self) -> int:
        """Return the resident memory of all its processes, by their peaks where the system keeps them.

        A sum of peaks is no less than the peak of the sum, so it errs against whoever has several processes: ours.
        """
        try:
            parent = psutil.Process(self._process.pid)
            return sum(_peak(each) for each in (parent, *parent.children(recursive=True)))
        except psutil.Error:
            return 0

    def _last_words(self) -> str:
        return " ".join(self._log.read_text(errors="replace").split())[-300:]


def _peak(process: psutil.Process) -> int:
    """Return the greatest resident memory of one process so far, or the present one; 0: it has ended."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
        return next(1024 * int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        pass
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def cold_start_ms(name: str, command: Sequence[str], settings: dict[str, object], log: Path, question: str) -> float:
    """Return the milliseconds from the start of a new process to its first whole answer.

    The process has read the notes before.
    """
    began = time.perf_counter()
    with PeerProcess(name, command, settings, log) as process:
        process.call("ask", question=question)
        return 1000 * (time.perf_counter() - began)
