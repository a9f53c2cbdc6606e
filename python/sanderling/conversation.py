"""What lasts for a conversation: its turns, their token ids, and the router's hidden state.

Prompts are append-only: each turn keeps the very ids that were computed for it, because the state of a hybrid model can
be extended but not cut back, and text tokenised again need not give the same ids. When a turn goes to another model, or
the history no longer fits the context, turns are left out, oldest first, and the answer says how many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .filter import Filter
from .handle import Handle
from .records import Answer, Constraints, Draft, Message, Privacy
from .turns import Turns

if TYPE_CHECKING:
    from .runtime import Runtime

SYSTEM = "Answer from the context blocks only, in a few words. If they do not hold the answer, say: not found."


@dataclass
class History:
    """The turns so far; empty for a single question."""

    messages: list[Message] = field(default_factory=lambda: [Message(role="system", content=SYSTEM)])
    generated: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Token ids drawn for the assistant message at each index."""
    model_id: str = ""
    last_question: str = ""
    turns: int = 0
    hidden: NDArray[np.float32] | None = None
    held_tokens: int = 0
    """Of the last prompt and its answer, which the model it was made on still knows."""

    def search_text(self, question: str) -> str:
        """Return what to search for: a follow-up ("and when?") is only findable beside the question before it."""
        return f"{self.last_question} {question}" if self.last_question else question

    @property
    def shown_turns(self) -> int:
        """Turns that are still part of the prompt."""
        return len(self.messages) // 2

    def forget(self, turns: int) -> None:
        """Leave the oldest ``turns`` out of the next prompt; the router's state and the last question stay."""
        messages = 2 * turns
        del self.messages[1 : 1 + messages]
        self.generated = {at - messages: ids for at, ids in self.generated.items() if at > messages}

    def append(self, draft: Draft, question: str, hidden: NDArray[np.float32] | None) -> None:
        """Keep a finished turn and the router's state after it."""
        self.messages += [draft.message, Message(role="assistant", content=draft.generation.text)]
        self.generated[len(self.messages) - 1] = tuple(token.id for token in draft.generation.tokens)
        self.model_id, self.last_question, self.hidden = draft.route.model_id, question, hidden
        self.held_tokens = draft.generation.prompt_tokens + len(draft.generation.tokens)
        self.turns += 1


class Conversation:
    """Questions that follow one another.

    Several threads may ask, and then wait for one another, since each question builds on the answer before it; threads
    that have nothing to do with one another have a conversation each.
    """

    def __init__(self, runtime: Runtime, filter: Filter | None = None) -> None:
        """Begin with an empty history. ``filter`` None: about all notes."""
        self._runtime, self._filter = runtime, filter
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
        with self._turns.turn(self._runtime.config.queue_timeout_s, handle):
            return self._runtime.answer(question, constraints, self._history, stream, self._filter, handle)

    def clear(self) -> None:
        """Forget everything said so far; a question that is being answered still knows it."""
        self._history = History()
