"""Questions that follow one another, each knowing the turns before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .filter import Filter
from .records import Answer, Constraints, Privacy
from .request.handle import Handle
from .request.history import History
from .request.turns import Turns


class Answers(Protocol):
    """:meth:`sanderling.Runtime.answer`."""

    def __call__(
        self,
        question: str,
        constraints: Constraints,
        history: History,
        stream: Callable[[str], None] | None,
        filter: Filter | None,
        handle: Handle | None,
    ) -> Answer:
        """Answer within a history."""


class Conversation:
    """Questions that follow one another.

    Several threads may ask, and then wait for one another, since each question builds on the answer before it; threads
    that have nothing to do with one another have a conversation each.
    """

    def __init__(self, answer: Answers, queue_timeout_s: float, filter: Filter | None = None) -> None:
        """Begin with an empty history. ``filter`` None: about all notes.

        ``queue_timeout_s``: how long a question waits for the one before it.
        """
        self._answer, self._queue_timeout_s, self._filter = answer, queue_timeout_s, filter
        self._history = History()
        self._turns = Turns("this conversation")

    def ask(
        self,
        question: str,
        *,
        budget_ms: float | None = None,
        privacy: Privacy = "local",
        max_tokens: int = 256,
        stream: Callable[[str], None] | None = None,
        handle: Handle | None = None,
    ) -> Answer:
        """Like :meth:`sanderling.Runtime.ask`, knowing the turns before."""
        # What was said must stand in the prompt of the next turn; a kept answer has none.
        constraints = Constraints(budget_ms=budget_ms, privacy=privacy, max_tokens=max_tokens, cache=False)
        with self._turns.turn(self._queue_timeout_s, handle):
            return self._answer(question, constraints, self._history, stream, self._filter, handle)

    def clear(self) -> None:
        """Forget everything said so far; a question that is being answered still knows it."""
        self._history = History()
