"""A worker's failures as reported to the caller: exit codes put into words, exceptions rebuilt."""

from __future__ import annotations

import signal

from .. import errors
from .frames import Failed


def exit_phrase(code: int) -> str:
    """Describe in words how a worker ended; ``code`` is negative for a signal, as in ``Popen.returncode``."""
    if code == -signal.SIGKILL:
        return "was ended by SIGKILL (often the system's answer to too little memory)"
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def as_exception(failed: Failed) -> Exception:
    """Return the exception that a worker reported, or an EngineError if its class is unknown here."""
    kind = getattr(errors, failed.kind, None) or {"ValueError": ValueError, "TypeError": TypeError}.get(failed.kind)
    if kind is errors.MissingExtra:
        missing = errors.MissingExtra.__new__(errors.MissingExtra)  # the constructor would compose another message
        missing.args, missing.extra = (failed.message,), failed.extra
        return missing
    if isinstance(kind, type) and issubclass(kind, Exception):
        return kind(failed.message)
    return errors.EngineError(f"{failed.kind}: {failed.message}")
