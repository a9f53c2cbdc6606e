"""Errors, grouped by what the caller can do about them.

Every message is one line that names the thing at fault and the remedy. The command line prints it without a traceback
and exits with the class's ``exit_code``. A wrong argument of a Python call raises the built-in ValueError or TypeError
instead. A bug in the extension raises :class:`sanderling.InternalError`, which is none of these: please report it.

::

    SanderlingError 1
    ├─ UsageError 2 ── NoNotes    ├─ StorageFull 7
    ├─ MemoryFileError 3          ├─ EngineError 8 ── WorkerDied, ContextOverflow, TierFailed
    ├─ MissingExtra 4             ├─ DownloadError 9
    ├─ ModelUnavailable 5         ├─ Busy 10
    └─ OutOfMemory 6              ├─ HubError 11
                                  └─ Cancelled 130
"""

from __future__ import annotations

from typing import Literal

FailureKind = Literal["refused", "silent", "stalled", "broken", "key", "busy", "request", "status"]
"""How a server failed: not reached, no first word, no next word, connection or reply broken, key refused, no room, our
request refused, any other status."""


class SanderlingError(Exception):
    """Base of all errors of this package; exit code 1."""

    exit_code = 1


class UsageError(SanderlingError):
    """The input cannot be used; exit code 2. Remedy: change the request.

    Raised by every call that takes a question, a path, a filter, a name or ``config.toml``.
    """

    exit_code = 2


class NoNotes(UsageError):
    """No note matches the filter of a question; exit code 2. Remedy: widen it.

    Raised by the calls that answer a question.
    """


class MemoryFileError(SanderlingError):
    """The database is damaged, locked, read-only or made with another embedder; exit code 3. Remedy: repair or move it.

    Raised by :meth:`sanderling.Runtime.open`, by every call that reads or writes the memory, and by reads and writes of
    the telemetry. ``sanderling memory repair`` mends a damaged memory.
    """

    exit_code = 3


class MissingExtra(SanderlingError):
    """An optional part of the package is needed but not installed; exit code 4. Remedy: run the command in the message.

    Raised where an engine, the embedder, a PDF file, a download or a router export needs such a part.
    """

    exit_code = 4

    def __init__(self, purpose: str, extra: str) -> None:
        """``purpose``: the feature that needs the missing part. ``extra``: the part's name in ``pyproject.toml``."""
        super().__init__(f"{purpose} needs an optional part: run  pip install 'sanderling[{extra}]'")
        self.extra = extra


class ModelUnavailable(SanderlingError):
    """A model file is absent, truncated or altered; exit code 5. Remedy: pull or verify it, or choose another.

    Raised by :meth:`sanderling.Runtime.open`, and by questions whose model is to be loaded.
    """

    exit_code = 5


class OutOfMemory(SanderlingError):
    """A model does not fit in the available RAM; exit code 6. Remedy: free memory or choose a smaller model.

    Raised by :meth:`sanderling.Runtime.open` for a model named by the caller, and by questions whose model is to be
    loaded.
    """

    exit_code = 6


class StorageFull(SanderlingError):
    """The disk is full; exit code 7. Remedy: free space. The write was undone and nothing older was lost.

    Raised by calls that write to the memory or the telemetry, and by downloads.
    """

    exit_code = 7


class EngineError(SanderlingError):
    """The engine refused to generate text or could not finish; exit code 8. Remedy: see the message.

    Raised by :meth:`sanderling.Runtime.ask`, :meth:`sanderling.Conversation.ask` and
    :meth:`sanderling.Runtime.summarise`.
    """

    exit_code = 8


class WorkerDied(EngineError):
    """The worker process ended during a request; exit code 8. The request is lost. Remedy: ask again.

    Raised where EngineError is. The next question starts a new worker.
    """


class ContextOverflow(EngineError):
    """The prompt is longer than the model's context; exit code 8. Remedy: a smaller context or a shorter question.

    Raised where EngineError is.
    """


class TierFailed(EngineError):
    """A server on another machine could not answer; exit code 8. Remedy: see the message, or ask with privacy "local".

    Raised where EngineError is, when the answer had begun to be shown, or when nothing else may answer the question.
    """

    def __init__(self, message: str, kind: FailureKind = "broken") -> None:
        """``kind``: how it failed, for programs."""
        super().__init__(message)
        self.kind = kind
        self.begun = False
        """Whether a part of the answer was shown, so that no other model may begin another one."""


class Busy(SanderlingError):
    """The model was not free within ``queue_timeout_s``; exit code 10. Remedy: ask again later.

    Raised where EngineError is, when other threads keep the model or the conversation busy.
    """

    exit_code = 10


class Cancelled(SanderlingError):
    """The caller cancelled a question before a model began to answer; exit code 130. No remedy is needed.

    Raised by the ``ask`` whose :class:`sanderling.Handle` was cancelled.
    """

    exit_code = 130  # as of a command that Ctrl-C ended


class DownloadError(SanderlingError):
    """A download failed; exit code 9. Remedy: check the network or the mirror and pull again.

    Raised by ``sanderling models pull`` and by calls that read a model's header from the network. No incomplete file
    is kept under the name of a whole one.
    """

    exit_code = 9


class HubError(SanderlingError):
    """The hub cannot be reached or refuses the request; exit code 11.

    Remedy: see the message, and run the command again. Raised by the commands of ``sanderling hub``. What the hub
    acknowledged before is kept there.
    """

    exit_code = 11
