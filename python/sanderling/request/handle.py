"""What a caller keeps of a question that is under way: its id, and the way to end it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import UsageError


class Handle:
    """One question's. Hand a new one to ``ask``; from then on :meth:`cancel` ends that question and no other."""

    def __init__(self) -> None:
        """Belong to no question yet."""
        self.id = str(uuid.uuid4())
        """The answer's ``request_id``, and its row's in the telemetry."""
        # Held while the question is ended, so that whoever leaves `ends_by` knows that nobody is about to end it.
        self._guard = threading.Lock()
        self._cancelled = self._begun = False
        self._ends: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether the question was ended."""
        return self._cancelled

    def cancel(self) -> None:
        """End the question, from any thread but not in a signal's handler; again, or too late, it does nothing.

        One that waits for a model raises Cancelled at once. One that is being answered stops within a token and returns
        what had been said, ``finish_reason`` "cancelled". A model that is being loaded is loaded to the end.
        """
        with self._guard:
            if not self._cancelled:
                self._cancelled = True
                for end in self._ends:
                    end()

    def begin(self) -> None:
        """Belong to a question. Raises UsageError if it did before: two could not be told apart in the telemetry."""
        with self._guard:
            if self._begun:
                raise UsageError(f"the handle {self.id} was used for another question: make a new one for each")
            self._begun = True

    @contextmanager
    def ends_by(self, end: Callable[[], None]) -> Iterator[None]:
        """Have ``end`` called, once, by whoever cancels while the block runs, or at once if that was before.

        ``end`` must not wait. When the block is left no call of it is under way.
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
