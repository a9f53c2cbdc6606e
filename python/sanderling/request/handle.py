"""Handles, which cancel a question from another thread or at its deadline."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import Cancelled, UsageError

BEFORE_IT_BEGAN = "the question was cancelled before a model began to answer it"
"""Message of Cancelled for a question that had not begun."""


class OutOfTime(Cancelled):
    """Raised when a question's time ran out before an answer began. No public call raises it."""


class Handle:
    """Identifies one question and can cancel it.

    Pass a new handle to :meth:`sanderling.Runtime.ask`; from then on :meth:`cancel` ends that question and no other.
    """

    def __init__(self) -> None:
        """Create a handle without a question."""
        self.id = str(uuid.uuid4())
        """The ``request_id`` of the question's answer and telemetry row."""
        # Held during cancellation, so that `ends_by` is not left while one of its callbacks runs.
        self._guard = threading.Lock()
        self._cancelled = self._begun = self._out_of_time = False
        self._deadline_s: float | None = None
        self._ends: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether the question was cancelled."""
        return self._cancelled

    @property
    def out_of_time(self) -> bool:
        """Whether the question's time ran out before any cancellation. ``cancelled`` is then True as well."""
        return self._out_of_time

    @property
    def deadline_s(self) -> float | None:
        """Deadline of the question on :func:`time.monotonic`; None: no budget."""
        return self._deadline_s

    def cancel(self) -> None:
        """Cancel the question. Call it from any thread, but not from a signal handler.

        A question that waits for a model raises Cancelled at once, and ends the loading of one that no other question
        waits for. One that is being answered stops within a token, or within a batch of its prompt, and returns the
        text so far, with ``finish_reason`` ``cancelled``. A second call, or one after the answer, has no effect.
        """
        self._end(out_of_time=False)

    def _end(self, *, out_of_time: bool) -> None:
        with self._guard:
            if not self._cancelled:
                self._cancelled, self._out_of_time = True, out_of_time
                for end in self._ends:
                    end()

    @contextmanager
    def within(self, left_ms: float | None) -> Iterator[None]:
        """End the question if the block takes longer than ``left_ms``.

        As :meth:`cancel` does; None: it may take any time. Unlike a cancellation this is no wish of the caller, who
        gets what there is: see :attr:`out_of_time`.
        """
        if left_ms is None:
            yield
            return
        left_s = max(0.0, left_ms) / 1e3
        self._deadline_s = time.monotonic() + left_s
        timer = threading.Timer(left_s, self._end, kwargs={"out_of_time": True})
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def refusal(self) -> Cancelled:
        """Return the exception for a question that ended before its answer began."""
        by_hand = self._cancelled and not self._out_of_time
        return Cancelled(BEFORE_IT_BEGAN) if by_hand else OutOfTime("the time of the question was over")

    def begin(self) -> None:
        """Bind the handle to a question. Raises UsageError if it is bound: an id names one telemetry row only."""
        with self._guard:
            if self._begun:
                raise UsageError(f"the handle {self.id} was used for another question: make a new one for each")
            self._begun = True

    @contextmanager
    def following(self, other: Handle) -> Iterator[None]:
        """End this question when ``other`` ends during the block, and for the same reason."""
        with other.ends_by(lambda: self._end(out_of_time=other._out_of_time)):
            yield

    @contextmanager
    def ends_by(self, end: Callable[[], None]) -> Iterator[None]:
        """Call ``end`` once if the question is cancelled during the block.

        Immediately if it already was. ``end`` runs on the cancelling thread and must not wait. No call of it is running
        when the block is left.
        """
        with self._guard:
            self._ends.append(end)
            if self._cancelled:
                end()
        try:
            yield
        finally:
            with self._guard:
                self._ends.remove(end)
