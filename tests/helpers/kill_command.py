"""One ``sanderling`` command as a process of its own, on a pseudo-terminal, and the ways to end it."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

# Of a progress line, which stands on a terminal only: what has just been finished.
_FINISHED = re.compile(rb"\[[#.]+\] \d+% ([^\r\x1b]+)")
# Above what the slowest command takes beside a busy machine.
PATIENCE_S = 240.0

Ending = Callable[["Command"], bool]
"""Whether the command's end has come, asked again and again while it runs."""


class Command:
    """A running command. What it says is kept; it is killed, with SIGKILL, when its ending says so."""

    def __init__(self, home: Path, *arguments: object, ending: Ending | None = None) -> None:
        """``ending`` None: the command runs to its end."""
        self.said = ""
        """stdout, known after :meth:`wait`."""
        self.complaints = ""
        """stderr, likewise, as bytes of a terminal decoded."""
        self.killed = False
        self._ending = ending
        self._shown = bytearray()
        self._out = tempfile.TemporaryFile()  # noqa: SIM115  closed by wait()
        reading, terminal = pty.openpty()
        self._terminal = reading
        path = os.pathsep.join(filter(None, sys.path))
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sanderling", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=terminal,
            env={**os.environ, "SANDERLING_HOME": str(home), "PYTHONPATH": path},
            start_new_session=True,
        )
        os.close(terminal)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started

    @property
    def finished(self) -> list[str]:
        """What its progress lines say is finished, in order: acknowledged, as a user sees it."""
        return [name.decode("utf-8", "replace") for name in _FINISHED.findall(bytes(self._shown))]

    def look(self) -> bool:
        """Kill it if its end has come; return whether it still runs."""
        if self.process.poll() is not None:
            return False
        if self._ending is not None and self._ending(self):
            self.process.send_signal(signal.SIGKILL)
            self._ending = None
        return True

    def wait(self) -> int:
        """Return its exit code, negative for a signal."""
        while self.look():
            if self.seconds > PATIENCE_S:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"{self.process.args} did not end within {PATIENCE_S:.0f} s")
            time.sleep(0.0005)
        code = self.process.wait()
        self._listener.join(10.0)
        os.close(self._terminal)
        self._out.seek(0)
        self.said = self._out.read().decode("utf-8", "replace")
        self._out.close()
        self.complaints = bytes(self._shown).decode("utf-8", "replace")
        self.killed = code == -signal.SIGKILL
        assert "Traceback" not in self.complaints + self.said, self.complaints + self.said
        return code

    def _listen(self) -> None:
        while True:
            try:
                part = os.read(self._terminal, 65536)
            except OSError:  # nobody holds the other side any more
                return
            if not part:
                return
            self._shown += part


def together(*commands: Command) -> list[int]:
    """Wait for several that run at the same time; return their exit codes."""
    while any([command.look() for command in commands]):  # each is looked at
        if any(command.seconds > PATIENCE_S for command in commands):
            break  # wait() says which
        time.sleep(0.0005)
    return [command.wait() for command in commands]


def after(seconds: float) -> Ending:
    """End it so long after its start."""
    return lambda command: command.seconds >= seconds


def after_progress(count: int) -> Ending:
    """End it when so many progress lines have been shown."""
    return lambda command: len(command.finished) > count


def when(there: Callable[[], bool]) -> Ending:
    """End it when something can be seen from outside."""
    return lambda command: there()
