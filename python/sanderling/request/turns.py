"""A lock that is had in the order in which it was asked for, whose wait is bounded and can be cancelled.

Python's own locks promise no order: with many threads one may wait for as long as others keep coming.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import Busy, Cancelled
from .handle import Handle


class _Place:
    """Of one thread in the queue."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.called = threading.Event()


class Turns:
    """Who may use a thing now, and who is next. A thread that has its turn may take it again inside."""

    def __init__(self, who: str) -> None:
        """``who`` is what is waited for, in words that begin "... is busy"."""
        self.who = who
        self._guard = threading.Lock()
        self._holder: int | None = None
        self._depth = 0
        self._waiting: deque[_Place] = deque()

    @property
    def mine(self) -> bool:
        """Whether it is the turn of the thread that asks."""
        return self._holder == threading.get_ident()

    @contextmanager
    def turn(self, timeout_s: float, handle: Handle | None = None) -> Iterator[None]:
        """Wait for a turn, and have it while the block runs.

        Raises Busy where it did not come within ``timeout_s`` (0: unless it is free now), Cancelled when the question
        of ``handle`` was cancelled before it came.
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
        """Leave the queue; return whether the turn had come meanwhile."""
        with self._guard:
            if place in self._waiting:
                self._waiting.remove(place)
                return False
            return True

    def _give(self) -> None:
        """Hand the turn to the next in the queue. By any thread: a stream may be closed by another than began it."""
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
