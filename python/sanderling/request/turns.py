"""A first-come, first-served lock with a bounded, cancellable wait.

The locks of Python guarantee no order, so a thread could wait for as long as others keep arriving.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import Busy, Cancelled
from .handle import Handle


class _Place:
    """The place of a waiting thread in the queue."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.called = threading.Event()


class Turns:
    """A first-come, first-served lock. A thread that holds it may take it again."""

    def __init__(self, who: str) -> None:
        """Make a free lock. ``who``: the guarded object, as the message of Busy names it."""
        self.who = who
        self._guard = threading.Lock()
        self._holder: int | None = None
        self._depth = 0
        self._waiting: deque[_Place] = deque()

    @property
    def mine(self) -> bool:
        """Whether the calling thread holds the lock."""
        return self._holder == threading.get_ident()

    @contextmanager
    def turn(self, timeout_s: float, handle: Handle | None = None) -> Iterator[None]:
        """Wait for the lock and hold it during the block.

        Raises Busy if it was not free within ``timeout_s`` seconds (0: no wait), Cancelled if ``handle`` was cancelled
        during the wait.
        """
        self._take(timeout_s, handle)
        try:
            yield
        finally:
            self._give()

    def _take(self, timeout_s: float, handle: Handle | None) -> None:
        with self._guard:
            if self._holder == threading.get_ident():
                self._depth += 1
                return
            if self._holder is None and not (handle and handle.cancelled):
                self._holder, self._depth = threading.get_ident(), 1
                return
            place = _Place()
            self._waiting.append(place)
        handle = handle or Handle()
        try:
            with handle.ends_by(place.called.set):
                place.called.wait(timeout_s)
        except BaseException:
            if self._leave(place):
                self._give()
            raise
        came = self._leave(place)
        if handle.cancelled:
            if came:
                self._give()
            raise Cancelled("the question was cancelled before a model began to answer it")
        if not came:
            raise Busy(
                f"{self.who} is busy with other questions and was not free within {timeout_s:g} s: "
                "try again later, or raise queue_timeout_s in config.toml"
            )

    def _leave(self, place: _Place) -> bool:
        """Remove ``place`` from the queue; return True if its thread already has the lock."""
        with self._guard:
            if place in self._waiting:
                self._waiting.remove(place)
                return False
            return True

    def _give(self) -> None:
        """Undo one acquisition of the lock; after the last one, hand the lock to the next thread in the queue.

        Any thread may call this, because a stream may be closed by another thread.
        """
        with self._guard:
            self._depth -= 1
            if self._depth:
                return
            if self._waiting:
                place = self._waiting.popleft()
                self._holder, self._depth = place.thread, 1
                place.called.set()
            else:
                self._holder = None
