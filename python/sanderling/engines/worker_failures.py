"""Failures of a worker for the caller: exit codes in words, and reported exceptions rebuilt."""

from __future__ import annotations

import signal

from .. import errors
from .frames import Failed


def exit_phrase(code: int) -> str:
    """Return a worker's exit code in words; ``code`` is negative for a signal, as in ``Popen.returncode``."""
    if code == -signal.SIGKILL:
        return "was ended by SIGKILL (often the system's answer to too little memory)"
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def as_exception(failed: Failed) -> Exception:
    """Rebuild the exception a worker reported; for an unknown class, an EngineError with the class name."""
    kind = getattr(errors, failed.kind, None) or {"ValueError": ValueError, "TypeError": TypeError}.get(failed.kind)
    if kind is errors.MissingExtra:
        missing = errors.MissingExtra.__new__(errors.MissingExtra)  # the constructor would compose another message
        missing.args, missing.extra = (failed.message,), failed.extra
        return missing
    if isinstance(kind, type) and issubclass(kind, Exception):
        return kind(failed.message)
    return errors.EngineError(f"{failed.kind}: {failed.message}")
