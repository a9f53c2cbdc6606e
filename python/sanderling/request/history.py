"""The turns of a conversation so far, as the next prompt needs them.

Prompts are append-only: each turn keeps the very ids that were computed for it, because the state of a hybrid model can
be extended but not cut back, and text tokenised again need not give the same ids. When a turn goes to another model, or
the history no longer fits the context, turns are left out, oldest first, and the answer says how many.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..records import Draft, Message

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
