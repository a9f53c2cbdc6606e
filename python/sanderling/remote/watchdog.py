"""Ends a connection that is silent for too long.

Also one whose question was cancelled.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any


class Watchdog:
    """Shuts the socket of one request, from any thread.

    The thread that reads it wakes up then. The timeouts of HTTP clients are those of one read: a server that sends a
    byte now and then never meets one.
    """

    def __init__(self) -> None:
        """Start without watching anything; see :meth:`expect`."""
        self.late = ""
        """Name of what did not come in time; empty: nothing is late."""
        self._socket: socket.socket | None = None
        self._deadline, self._what = float("inf"), ""
        self._changed = threading.Condition()
        self._over = False
        self._thread: threading.Thread | None = None

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take the socket from the HTTP client, as its ``trace`` extension."""
        # ``connection.`` before the names, or ``proxy.`` for TLS inside a proxy's tunnel.
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._over or self.late:
                self.shut()

    def expect(self, what: str, within_s: float) -> None:
        """Shut the socket after ``within_s`` seconds, unless this is called again.

        :meth:`end` stops the watch too. ``what``: stored in ``late`` if the socket is shut.
        """
        with self._changed:
            sooner = (deadline := time.monotonic() + within_s) < self._deadline
            self._deadline, self._what = deadline, what
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
            elif sooner:  # else it wakes at the earlier time and sees the later one
                self._changed.notify()

    def end(self) -> None:
        """Stop watching."""
        with self._changed:
            self._over = True
            self._changed.notify()

    def shut(self) -> None:
        """Shut the socket now, from any thread. It does not wait."""
        found = self._socket
        if found is not None:
            with suppress(OSError):
                # Not the method of a TLS socket, which changes what the reading thread is using.
                socket.socket.shutdown(found, socket.SHUT_RDWR)

    def _watch(self) -> None:
        with self._changed:
            while not self._over:
                left_s = self._deadline - time.monotonic()
                if left_s <= 0:
                    self.late = self._what
                    break
                self._changed.wait(left_s)
        if self.late:
            self.shut()
