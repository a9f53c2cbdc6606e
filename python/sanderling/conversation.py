"""A conversation: questions asked one after another; each prompt includes the earlier turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .filter import Filter
from .listing import Page
from .records import Answer, Constraints, Privacy
from .request.handle import Handle
from .request.history import History
from .request.turns import Turns


class AnswerWithin(Protocol):
    """Signature of a function that answers a question as the next turn of a conversation."""

    def __call__(
        self,
        question: str,
        constraints: Constraints,
        history: History,
        stream: Callable[[str], None] | None,
        filter: Filter | None,
        handle: Handle | None,
        page: Page,
    ) -> Answer:
        """Return the answer and append the turn to ``history``."""


class Conversation:
    """Questions asked one after another; each prompt includes the earlier turns.

    :meth:`sanderling.Runtime.chat` makes one. Threads that ask in the same conversation wait for one another, because
    each question builds on the answer before it; unrelated threads should have a conversation each.
    """

    def __init__(self, answer: AnswerWithin, queue_timeout_s: float, filter: Filter | None = None) -> None:
        """Begin with an empty history.

        ``answer``: answers within a history. ``queue_timeout_s``: longest wait for the question before. ``filter``: the
        notes to answer from; None: all.
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
        limit: int = 20,
        start: int = 1,
        stream: Callable[[str], None] | None = None,
        handle: Handle | None = None,
    ) -> Answer:
        """Answer a question that may refer to earlier turns; the response cache is never used.

        After a list of notes, "more" asks for its next page.

        Parameters and errors are those of :meth:`sanderling.Runtime.ask`. Busy is also raised when the question before
        was not answered in time.
        """
        # The next turn's prompt extends the token ids of this one, and a cached answer has none.
        constraints = Constraints(budget_ms=budget_ms, privacy=privacy, max_tokens=max_tokens, cache=False)
        with self._turns.turn(self._queue_timeout_s, handle):
            return self._answer(question, constraints, self._history, stream, self._filter, handle, Page(limit, start))

    def clear(self) -> None:
        """Start over with an empty history. A question that is being answered keeps the old one."""
        self._history = History()
