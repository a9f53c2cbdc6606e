"""Handles, with which a caller can cancel a question from another thread."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import UsageError


class Handle:
    """Identifies one question, and can cancel it.

    Pass a new handle to :meth:`sanderling.Runtime.ask`; from then on :meth:`cancel` ends that question and no other.
    """

    def __init__(self) -> None:
        """Make a handle that belongs to no question yet."""
        self.id = str(uuid.uuid4())
        """The ``request_id`` of the answer and of its telemetry row."""
        # Held during cancellation, so that `ends_by` is not left while one of its callbacks runs.
        self._guard = threading.Lock()
        self._cancelled = self._begun = False
        self._ends: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether the question was cancelled."""
        return self._cancelled

    def cancel(self) -> None:
        """Cancel the question. Call it from any thread, but not from a signal handler.

        A question that waits for a model raises Cancelled at once. One that is being answered stops within a token and
        returns the text so far, with ``finish_reason`` ``cancelled``. Loading of a model is not interrupted. A second
        call, or one after the answer, has no effect.
        """
        with self._guard:
            if not self._cancelled:
                self._cancelled = True
                for end in self._ends:
                    end()

    def begin(self) -> None:
        """Bind the handle to a question. Raises UsageError if it is bound: an id names one telemetry row only."""
        with self._guard:
            if self._begun:
                raise UsageError(f"the handle {self.id} was used for another question: make a new one for each")
            self._begun = True

    @contextmanager
    def ends_by(self, end: Callable[[], None]) -> Iterator[None]:
        """Call ``end`` once if the question is cancelled during the block, or immediately if it already was.

        ``end`` runs on the cancelling thread and must not wait. No call of it is running when the block is left.
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
