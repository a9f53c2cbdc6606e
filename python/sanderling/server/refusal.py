"""Errors in the format of the OpenAI API.

The body is ``{"error": {message, type, param, code}}``, with a status and retry headers. ``x-should-retry`` is what
openai-python obeys before it looks at the status.
"""

from __future__ import annotations

import logging
import math
from typing import NamedTuple

import msgspec
from starlette.responses import Response

from .. import errors
from .._core import CoreError

log = logging.getLogger(__name__)

SCHEMA = "1"
"""Version of the headers and of the object ``sanderling`` in replies."""
INVALID = "invalid_request_error"
SERVER = "server_error"


class Refused(Exception):
    """Raised when the service itself refuses a request."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        retry: bool | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """``param``: the field at fault. ``retry``: whether to try again; None: not stated."""
        super().__init__(message)
        self.refusal = Refusal(status, code, message, param, retry, retry_after_s)


class Refusal(NamedTuple):
    """The parts of an error reply."""

    status: int
    code: str
    message: str
    param: str | None = None
    retry: bool | None = None
    """Whether the same request may succeed later; None: not stated."""
    retry_after_s: float | None = None

    def error(self) -> dict[str, str | None]:
        """Return the error object of the body."""
        kind = INVALID if self.status < 500 else SERVER
        return {"message": self.message, "type": kind, "param": self.param, "code": self.code}

    def body(self) -> bytes:
        """Return the whole body as JSON text."""
        return msgspec.json.encode({"error": self.error()})

    def headers(self) -> dict[str, str]:
        """Return the HTTP headers that say whether and when to retry."""
        found = {"x-sanderling-schema": SCHEMA, "x-sanderling-path": "refused", "x-sanderling-left-device": "false"}
        if self.retry is not None:
            found["x-should-retry"] = "true" if self.retry else "false"
        if self.retry_after_s is not None:
            found["retry-after"] = str(max(1, math.ceil(self.retry_after_s)))
            found["retry-after-ms"] = str(max(1, math.ceil(1000 * self.retry_after_s)))
        if self.status == 401:
            found["www-authenticate"] = "Bearer"
        return found

    def response(self) -> Response:
        """Return the refusal as an HTTP response."""
        return Response(self.body(), self.status, self.headers(), "application/json")


class QueueFull(errors.Busy):
    """Raised when the queue accepts no further question."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        """``retry_after_s``: seconds until the queue will probably have room."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class QueueTimeout(QueueFull):
    """Raised when a question has waited too long for its model."""


class ServiceEnded(errors.EngineError):
    """Raised for what the service did not finish before it ended."""

    def __init__(self) -> None:
        """Compose the message."""
        super().__init__("the service ended before it had answered: ask again")


_TABLE: tuple[tuple[type[Exception], int, str, bool | None], ...] = (
    # The first line that an error is an instance of holds, so classes come before their bases.
    (errors.ContextOverflow, 400, "context_length_exceeded", None),
    (errors.TierFailed, 502, "upstream_error", False),
    (ServiceEnded, 503, "service_ended", True),
    (errors.WorkerDied, 500, "worker_died", True),
    (errors.EngineError, 500, "engine_error", False),
    (errors.NoNotes, 400, "no_notes", None),
    (errors.UsageError, 400, "invalid_value", None),
    (errors.MemoryFileError, 500, "memory_file", False),
    (errors.MissingExtra, 503, "model_unavailable", False),
    (errors.ModelUnavailable, 503, "model_unavailable", False),
    (errors.OutOfMemory, 503, "out_of_memory", False),
    (errors.StorageFull, 507, "storage_full", False),
    (QueueTimeout, 503, "queue_timeout", True),
    (QueueFull, 503, "queue_full", True),
    (errors.Busy, 503, "queue_timeout", True),
    (errors.Cancelled, 499, "cancelled", None),
    (errors.DownloadError, 502, "upstream_error", False),
    (errors.SanderlingError, 500, "error", False),
    (CoreError, 500, "core_error", False),
)


def refusal_of(error: BaseException) -> Refusal:
    """Return the refusal that reports ``error`` to a client. A bug is logged, and its details are withheld."""
    if isinstance(error, Refused):
        return error.refusal
    for kind, status, code, retry in _TABLE:
        if isinstance(error, kind):
            return Refusal(status, code, str(error), None, retry, getattr(error, "retry_after_s", None))
    log.error("a request failed by a bug of the service", exc_info=error)
    return Refusal(500, "internal_error", "the service has a bug, and its log says more: please report it", None, False)


def outcome_of(status: int) -> str:
    """Return the outcome that the metrics record for an HTTP status."""
    if status < 400:
        return "ok"
    if status == 499:
        return "cancelled"
    return "refused" if status < 500 or status == 503 else "error"
