"""Converts a worker's failures: exit codes to words, reports to exceptions."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections import deque

from .. import errors
from .frames import Failed


def exit_phrase(code: int) -> str:
    """Describe in words how a worker ended. ``code``: negative for a signal, as in ``Popen.returncode``."""
    if code == -signal.SIGKILL:
        return "was ended by SIGKILL (often the system's answer to too little memory)"
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def as_exception(failed: Failed) -> Exception:
    """Return the exception that a worker reported. It is an EngineError if its class is unknown here."""
    kind = getattr(errors, failed.kind, None) or {"ValueError": ValueError, "TypeError": TypeError}.get(failed.kind)
    if kind is errors.MissingExtra:
        missing = errors.MissingExtra.__new__(errors.MissingExtra)  # the constructor would compose another message
        missing.args, missing.extra = (failed.message,), failed.extra
        return missing
    if isinstance(kind, type) and issubclass(kind, Exception):
        return kind(failed.message)
    return errors.EngineError(f"{failed.kind}: {failed.message}")


class LastWords:
    """Collects, in a thread, the last lines that a process writes to stderr."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Start to read the stderr of ``process``."""
        self._lines: deque[str] = deque(maxlen=20)
        self._thread = threading.Thread(target=self._keep, args=(process,), daemon=True)
        self._thread.start()

    def last(self, wait_s: float) -> str:
        """Return the last line of an ended process, or an empty text.

        ``wait_s``: longest wait for lines that have not been read yet.
        """
        self._thread.join(wait_s)
        return self._lines[-1] if self._lines else ""

    def _keep(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for line in lines:
                self._lines.append(line.decode("utf-8", "replace").strip())
