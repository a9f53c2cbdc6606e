"""A conversation: a sequence of questions, whose prompts include the earlier turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from .constraints import Constraints
from .conversations.keeper import Keeper
from .conversations.turn import KeptTurn
from .engines.json_schema import checked
from .errors import SanderlingError
from .filter import Filter
from .listing import Page
from .quote import Quote
from .records import Answer, ContextBin, Privacy
from .request.handle import Handle
from .request.history import History
from .request.turns import Turns


class AnswerWithin(Protocol):
    """Signature of a function that answers the next question of a conversation."""

    def __call__(
        self,
        question: str,
        constraints: Constraints,
        history: History,
        stream: Callable[[str], None] | None,
        filter: Filter | None,
        handle: Handle | None,
        page: Page,
        json_schema: str = "",
        on_quote: Callable[[Quote], None] | None = None,
    ) -> Answer:
        """Return the answer and append the turn to ``history``."""


class Conversation:
    """A conversation: a sequence of questions, whose prompts include the earlier turns.

    :meth:`sanderling.Runtime.conversation` makes one that is kept on this device, :meth:`sanderling.Runtime.chat` one
    that ends with the process. Threads that ask in the same conversation wait for one another, because
    each question builds on the answer before it; unrelated threads should have a conversation each.
    """

    def __init__(
        self,
        answer: AnswerWithin,
        queue_timeout_s: float,
        filter: Filter | None = None,
        history: History | None = None,
        kept: Keeper | None = None,
        another: Callable[[], Keeper | None] | None = None,
    ) -> None:
        """Begin with ``history``, or with an empty one if it is None.

        ``answer``: answers within a history. ``queue_timeout_s``: longest wait for the question before. ``filter``: the
        notes to answer from; None: all. ``kept``: reads and writes the turns, in place of ``history``; None: they are
        not kept. ``another``: begins the one that follows when this one is cleared;
        None: it is not kept either.
        """
        self._answer, self._queue_timeout_s, self._filter = answer, queue_timeout_s, filter
        self._history = history or History()
        self._turns = Turns("this conversation")
        self._kept, self._another = kept, another

    @property
    def id(self) -> str:
        """Id with which :meth:`sanderling.Runtime.conversation` resumes this conversation; empty: not kept."""
        return self._kept.id if self._kept else ""

    @property
    def turns(self) -> tuple[KeptTurn, ...]:
        """The kept turns, including those from other processes. Raises MemoryFileError."""
        return self._kept.turns if self._kept else ()

    def ask(
        self,
        question: str,
        *,
        budget_ms: float | None = None,
        privacy: Privacy | None = None,
        max_tokens: int = 256,
        context: ContextBin | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        stop: Sequence[str] = (),
        model: str = "",
        limit: int = 20,
        start: int = 1,
        json_schema: Mapping[str, object] | None = None,
        stream: Callable[[str], None] | None = None,
        on_quote: Callable[[Quote], None] | None = None,
        handle: Handle | None = None,
    ) -> Answer:
        """Answer a question that may refer to earlier turns. The response cache is never used.

        After a list of notes, "more" asks for its next page.

        Parameters and errors are those of :meth:`sanderling.Runtime.ask`. Busy is also raised when the question before
        was not answered in time.
        """
        # The next turn's prompt extends the token ids of this one, and a cached answer has none.
        constraints = Constraints(
            budget_ms=budget_ms,
            privacy=privacy,
            max_tokens=max_tokens,
            context_bin=context,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
            stop=tuple(stop),
            model_id=model,
            cache=False,
        )
        schema, page = checked(json_schema), Page(limit, start)
        kept, handle = self._kept, handle or Handle()
        with (kept.asking if kept else self._turns).turn(self._queue_timeout_s, handle):
            history = kept.history() if kept else self._history
            try:
                answer = self._answer(
                    question, constraints, history, stream, self._filter, handle, page, schema, on_quote
                )
            except SanderlingError:
                if kept:
                    kept.fail(handle.id)
                raise
            return kept.keep(question, answer, self._filter) if kept else answer

    def clear(self) -> None:
        """Start over with an empty history, under another id. A question that is being answered keeps the old one.

        What was kept so far stays; :meth:`sanderling.Runtime.forget_conversation` deletes it.
        """
        self._history = History()
        self._kept = None if self._another is None else self._another()
