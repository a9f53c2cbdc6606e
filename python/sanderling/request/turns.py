"""A first-come, first-served lock with a bounded, cancellable wait.

The locks of Python guarantee no order, so a thread could wait for as long as others keep arriving.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import Busy
from .handle import Handle


class _Place:
    """A waiting thread's place in the queue."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.called = threading.Event()


class Turns:
    """A first-come, first-served lock. A thread that holds it may take it again."""

    def __init__(self, who: str) -> None:
        """Create a free lock. ``who``: the guarded object, as the message of Busy names it."""
        self.who = who
        self._guard = threading.Lock()
        self._holder: int | None = None
        self._depth = 0
        self._waiting: deque[_Place] = deque()

    @property
    def mine(self) -> bool:
        """Whether the calling thread holds the lock."""
        return self._holder == threading.get_ident()

    @property
    def waited_for(self) -> bool:
        """Whether any thread waits for the lock."""
        return bool(self._waiting)

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

    def hand_over(self, thread: int) -> None:
        """Let another thread hold the lock too.

        It holds the lock until it calls :meth:`give_back`. Call it while holding the lock. The calling thread keeps
        what it holds to the end of its blocks, but inside them it cannot take the lock again: it would wait for itself.
        """
        with self._guard:
            self._holder = thread
            self._depth += 1

    def give_back(self) -> None:
        """Give back a lock received from :meth:`hand_over`."""
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
            raise handle.refusal()
        if not came:
            raise Busy(
                f"{self.who} is busy with other questions and was not free within {timeout_s:g} s: "
                "try again later, or raise queue_timeout_s in config.toml"
            )

    def _leave(self, place: _Place) -> bool:
        """Remove ``place`` from the queue. Returns True if its thread already has the lock."""
        with self._guard:
            if place in self._waiting:
                self._waiting.remove(place)
                return False
            return True

    def _give(self) -> None:
        """Undo one acquisition of the lock.

        After the last one, the next thread in the queue gets the lock. Any thread may call this, because a stream may
        be closed by another thread.
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
