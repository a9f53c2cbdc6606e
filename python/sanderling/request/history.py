"""The past turns of a conversation, kept for the next prompt as messages and token ids.

Prompts are append-only: each turn keeps the token ids computed for it, because the state of a hybrid model can be
extended but not truncated, and tokenising the text again need not give the same ids. Turns that another model answered,
or that no longer fit the context, are left out, oldest first, and the answer carries a warning with their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..records import Draft, Message
from ..text.questions.follow_up import leans, names_in, subjects

MAX_NAMES = 2
"""Names spoken of before that are searched with a question, the newest; with three or none fewer notes came first."""
MAX_QUESTION = 300
"""Characters of the previous question that are searched with the next one."""

SYSTEM = "Answer from the context blocks only, in a few words. If they do not hold the answer, say: not found."


@dataclass
class History:
    """The past turns of a conversation. A question asked on its own has none."""

    messages: list[Message] = field(default_factory=lambda: [Message(role="system", content=SYSTEM)])
    generated: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Token ids generated for an assistant message, by its index in ``messages``; also those of a first user message
    that was tokenised in parts."""
    shared_tokens: int = 0
    """Of the first turn's :class:`~sanderling.records.Prompt`, if states of notes were used for it and it is shown."""
    block_ends: tuple[int, ...] = ()
    """As ``shared_tokens``."""
    model_id: str = ""
    """Model of the last turn."""
    last_question: str = ""
    names: tuple[str, ...] = ()
    """Names spoken of since the subject last changed, the newest last."""
    said: tuple[str, ...] = ()
    """What the last answer said: its names or, of a short answer without any, its words."""
    next_listed: int | None = None
    """Number of the first note on the next page, if the last answer was a count or a list with more; None: neither."""
    turns: int = 0
    """Number of all turns, those left out of the prompt included."""
    hidden: NDArray[np.float32] | None = None
    """State of the router after the last turn."""
    held_tokens: int = 0
    """Tokens of the last prompt and its answer, whose state the model still holds."""

    def search_text(self, question: str) -> str:
        """Return the text to search for: what was spoken of before, if anything, followed by ``question``.

        A follow-up such as "and when?" finds nothing by itself. Where the last answer named something, the names are
        what was spoken of, and otherwise the previous question and its answer as well.
        """
        if not self.last_question:
            return question
        if any(map(_is_name, self.said)):
            return " ".join((*self.names, question))
        asked = self.last_question[:MAX_QUESTION]
        names = (name for name in self.names if name.lower() not in asked.lower())
        return " ".join((*names, asked, *self.said, question))

    def remember(self, question: str, answer: str, titles: Sequence[str] = ()) -> None:
        """Store the words of a finished turn to which the next question may refer.

        ``titles``: of the notes shown, heaviest first. Where nothing was named, the first stands for it.
        """
        self.last_question, self.said, self.next_listed = question, subjects(answer), None
        # A question that stands alone may be about something new.
        kept = self.names if leans(question) else ()
        new = (*names_in(question), *filter(_is_name, self.said)) or (() if kept else tuple(titles[:1]))
        self.names = tuple(dict.fromkeys((*kept, *new)))[-MAX_NAMES:]

    @property
    def shown_turns(self) -> int:
        """Number of past turns that the next prompt will include."""
        return len(self.messages) // 2

    def forget(self, turns: int) -> None:
        """Leave the oldest ``turns`` turns out of all later prompts.

        The router's state and the last question are kept.
        """
        messages = 2 * turns
        del self.messages[1 : 1 + messages]
        self.shared_tokens, self.block_ends = 0, ()
        self.generated = {at - messages: ids for at, ids in self.generated.items() if at > messages}

    def append(
        self, draft: Draft, question: str, hidden: NDArray[np.float32] | None, titles: Sequence[str] = ()
    ) -> None:
        """Append a finished turn. ``hidden``: the router's state after it. ``titles``: of the notes shown."""
        if draft.prompt.turn_ids:
            self.generated[len(self.messages)] = draft.prompt.turn_ids
            self.shared_tokens, self.block_ends = draft.prompt.shared_tokens, draft.prompt.block_ends
        self.messages += [draft.message, Message(role="assistant", content=draft.generation.text)]
        self.generated[len(self.messages) - 1] = tuple(token.id for token in draft.generation.tokens)
        self.model_id, self.hidden = draft.route.model_id, hidden
        self.remember(question, draft.generation.text, titles)
        self.held_tokens = draft.generation.prompt_tokens + len(draft.generation.tokens)
        self.turns += 1


def _is_name(text: str) -> bool:
    return any(word[0].isupper() for word in text.split())
