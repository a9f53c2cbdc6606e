"""Errors, grouped by what the user can do about them.

Every message is one line that names the thing and the remedy. The command line prints it without a traceback and exits
with ``exit_code``; a wrong argument to a Python call raises the built-in ``ValueError`` or ``TypeError`` instead.
"""

from __future__ import annotations


class SanderlingError(Exception):
    """Base of all errors of this package."""

    exit_code = 1


class UsageError(SanderlingError):
    """Change the request: the input cannot be used as it is."""

    exit_code = 2


class MemoryFileError(SanderlingError):
    """Repair, move or rebuild the memory file: it is damaged, locked, or belongs to another embedder."""

    exit_code = 3


class MissingExtra(SanderlingError):
    """Install an optional part of the package; the message holds the command."""

    exit_code = 4

    def __init__(self, purpose: str, extra: str) -> None:
        """``purpose`` says what needs the part, ``extra`` is its name in pyproject.toml."""
        super().__init__(f"{purpose} needs an optional part: run  pip install 'sanderling[{extra}]'")
        self.extra = extra


class ModelUnavailable(SanderlingError):
    """Pull, verify or choose another model: the file is absent, truncated or altered."""

    exit_code = 5


class OutOfMemory(SanderlingError):
    """Free memory or choose a smaller model: this one does not fit the RAM that is left."""

    exit_code = 6


class StorageFull(SanderlingError):
    """Free disk space: the write was undone and nothing that was there before is lost."""

    exit_code = 7


class EngineError(SanderlingError):
    """The engine refused or failed; the message says which model and what to try."""

    exit_code = 8


class WorkerDied(EngineError):
    """The worker process ended during a request. That request is lost; the next one starts a new worker."""


class ContextOverflow(EngineError):
    """Ask for less context or a shorter text: the prompt is longer than the model's context."""


class Busy(SanderlingError):
    """Ask again later: the model answers others, and the longest wait that is configured has passed."""

    exit_code = 10


class Cancelled(SanderlingError):
    """Nothing needs to be done: the caller cancelled the question before a model began to answer it."""

    exit_code = 130  # as of a command that Ctrl-C ended


class DownloadError(SanderlingError):
    """Check the network or the mirror and pull again: nothing incomplete was kept as whole."""

    exit_code = 9
