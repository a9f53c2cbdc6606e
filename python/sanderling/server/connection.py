"""A client connection with time limits.

Whoever reaches the port needs no key to open connections, to send heads and bodies slowly, or to stop reading. So
heads, bodies and stalled replies end after a time. Where as many connections are open as may be, an idle one is closed
for each new one, first those that never asked. The Unix socket has a number of its own: its owner is never kept out.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import time
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from .protection import two_lengths
from .refusal import Refusal

log = logging.getLogger(__name__)

HEAD_S = 15.0
"""Longest wait for a complete request head, in seconds.

It counts from the connection, or from the first byte of a later request.
"""
BODY_S = 60.0
"""Longest wait for a complete request body, in seconds.

It counts from the end of the head; the largest body then needs 70 kB/s.
"""
UNREAD_S = 2.0
"""Longest wait for the rest of a body after the reply, in seconds.

A request may be answered early, for example with a refusal.
"""
STALLED_S = 60.0
"""Longest time that a client may leave a full buffer unread, in seconds."""
MOST_TCP, MOST_UNIX = 512, 128
WANTED_FILES = 4096
"""Number of file descriptors that the service asks the system for. Only if the system starts it with fewer."""
TOLD_EVERY_S = 60.0


def raise_file_limit() -> None:
    """Raise the limit on open files, at most to :data:`WANTED_FILES`. The system's own upper limit holds too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections(*, unix: bool) -> int:
    """Return the maximum number of connections over TCP or over the Unix socket.

    Together they use 5/8 of the open-file limit.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_UNIX if unix else MOST_TCP
    return most if soft == resource.RLIM_INFINITY else max(min(most, soft // (8 if unix else 2)), 1)


class Seldom:
    """Logs a warning at most once per interval. Strangers cannot fill the log with it."""

    def __init__(self) -> None:
        """Start without a previous warning."""
        self._told_s = float("-inf")

    def warn(self, what: str) -> None:
        """Log ``what``, unless a warning was logged shortly before."""
        if time.monotonic() - self._told_s >= TOLD_EVERY_S:
            self._told_s = time.monotonic()
            log.warning("%s", what)


no_room = Seldom()


class Connection(H11Protocol):
    """A uvicorn connection with time limits."""

    asked = False
    """Whether the client has sent a complete head."""
    idle_since_s = 0.0
    _unix = False
    _awaited: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Start waiting for a request, and close a connection if there are too many."""
        super().connection_made(transport)
        self._unix, self.idle_since_s = self.server is not None and self.server[1] is None, time.monotonic()
        self._make_room()
        self._await(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._await(None)
        self.resume_writing()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive part of a request's head or body."""
        if self.transport.is_closing():
            return
        if self.idle and self._awaited is None:
            self._await(HEAD_S)  # the first byte after a pause; those that follow do not prolong it
        try:
            super().data_received(data)
        except h11.LocalProtocolError:  # what follows a request that was refused already is no HTTP
            self.transport.abort()

    def handle_events(self) -> None:
        """Answer the complete requests, and wait for the incomplete one."""
        before = self.cycle
        super().handle_events()
        if self.transport.is_closing():
            self._await(None)
        elif self.cycle is not before:
            self.asked = True
            # Where a proxy went by the one and we by the other, the rest of a body would be a request of somebody else.
            self.cycle.keep_alive = self.cycle.keep_alive and not two_lengths(self.headers)
            self._await(BODY_S if self._reads_body else None)
        elif not self._reads_body and not self.idle:
            self._await(None)
        elif not self._reads_body and not self._has_part:
            self._await(HEAD_S)  # a body that came after its answer has ended

    def on_response_complete(self) -> None:
        """Mark the connection as idle."""
        self.idle_since_s = time.monotonic()
        if self._reads_body:
            self._await(UNREAD_S)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Start the time limit for a client that does not read."""
        super().pause_writing()
        self._stalled = self._stalled or self.loop.call_later(STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Resume writing, and end the time limit."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse data that is not HTTP."""
        self._refuse(Refusal(400, "invalid_http", msg))

    @property
    def _reads_body(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY

    @property
    def _has_part(self) -> bool:
        """Whether part of a head has arrived."""
        return bool(self.conn.trailing_data[0])

    def _await(self, seconds: float | None) -> None:
        """Start the time limit for the client's next data. ``seconds``: None: no limit."""
        if self._awaited is not None:
            self._awaited.cancel()
        self._awaited = None if seconds is None else self.loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        self._awaited = None
        if self.idle and not self._reads_body and not self._has_part:
            self.transport.close()  # a browser connects beforehand and may never ask
        else:
            self._refuse(Refusal(408, "request_timeout", "the request did not come within its time: send it again"))

    def _refuse(self, refusal: Refusal) -> None:
        """Send a refusal without the application, and close the connection. Nothing is sent if a reply has begun."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            response = refusal.response()
            headers: list[Any] = [*response.raw_headers, (b"connection", b"close")]
            answer = h11.Response(status_code=refusal.status, headers=headers, reason=b"")
            for event in (answer, h11.Data(data=bytes(response.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _make_room(self) -> None:
        """Close an idle connection if there are too many connections. If all others are busy, this one is closed."""
        most = most_connections(unix=self._unix)
        if len(self.connections) <= most:
            return
        mine = [each for each in self.connections if isinstance(each, Connection) and each._unix == self._unix]
        if len(mine) <= most:
            return
        no_room.warn(f"{most} connections are open, as many as may be: idle ones are closed for new ones")
        idle = [each for each in mine if each.idle and each is not self]
        found = min(idle, key=lambda each: (each.asked, each.idle_since_s), default=self)
        self.connections.discard(found)
        if found is self:
            self._refuse(Refusal(503, "too_many_connections", "all connections are busy: try again", None, True, 1.0))
        else:
            found.transport.abort()
