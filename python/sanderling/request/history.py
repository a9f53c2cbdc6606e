"""The past turns of a conversation, for the next prompt.

They are kept as messages and token ids. Prompts are append-only: each turn keeps the token ids computed for it, because
the state of a hybrid model can be extended but not truncated, and tokenising the text again need not give the same ids.
Turns that another model answered, or that no longer fit the context, are left out, oldest first, and the answer carries
a warning with their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..records import Draft, Message
from ..text.questions.follow_up import leans, names_in, subjects

MAX_NAMES = 2
"""Maximum number of recent names added to a question's search. Three or none gave worse rankings."""
MAX_QUESTION = 300
"""Maximum number of characters of the previous question added to a search."""

SYSTEM = "Answer from the context blocks only, in a few words. If they do not hold the answer, say: not found."


@dataclass
class History:
    """The past turns of a conversation. A question asked on its own has none."""

    messages: list[Message] = field(default_factory=lambda: [Message(role="system", content=SYSTEM)])
    generated: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Generated token ids of assistant messages, by index in ``messages``.

    Also those of a first user message that was tokenised in parts.
    """
    shared_tokens: int = 0
    """Number of shared tokens in the first turn's prompt.

    A field of its :class:`~sanderling.records.Prompt`, set if notes' states were used and it is shown.
    """
    block_ends: tuple[int, ...] = ()
    """Ends of the blocks in the first turn's prompt. Set like ``shared_tokens``."""
    model_id: str = ""
    """Id of the last turn's model."""
    last_question: str = ""
    names: tuple[str, ...] = ()
    """Names mentioned since the last change of subject, newest last."""
    said: tuple[str, ...] = ()
    """Names in the last answer; without names, a short answer's words."""
    next_listed: int | None = None
    """Number of the first note on the next page; None: there is no next page. Only a count or a list has pages."""
    turns: int = 0
    """Number of all turns. Those left out of the prompt are included."""
    hidden: NDArray[np.float32] | None = None
    """The router's state after the last turn."""
    held_tokens: int = 0
    """Number of tokens whose state the model still holds. They are those of the last prompt and its answer."""
    first_question: str = ""
    """First question of the conversation; empty before its answer."""
    sent_to: str = ""
    """Server, model and trust that have read the whole prompt. Empty: this device, or nobody knows."""

    def search_text(self, question: str) -> str:
        """Return the text to search for: ``question`` after the earlier subject.

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
        """Store the words of a finished turn for later questions.

        A later question may refer to them. ``titles``: of the notes shown, heaviest first. Where nothing was named, the
        first stands for it.
        """
        self.first_question = self.first_question or question
        self.last_question, self.said, self.next_listed = question, subjects(answer), None
        # A question that stands alone may be about something new.
        kept = self.names if leans(question) else ()
        new = (*names_in(question), *filter(_is_name, self.said)) or (() if kept else tuple(titles[:1]))
        self.names = tuple(dict.fromkeys((*kept, *new)))[-MAX_NAMES:]

    @property
    def shown_turns(self) -> int:
        """Number of past turns in the next prompt."""
        return len(self.messages) // 2

    def forget(self, turns: int) -> None:
        """Leave the oldest ``turns`` turns out of later prompts. The router's state and the last question are kept."""
        messages = 2 * turns
        del self.messages[1 : 1 + messages]
        self.shared_tokens, self.block_ends = 0, ()
        self.generated = {at - messages: ids for at, ids in self.generated.items() if at > messages}

    @classmethod
    def of_turns(cls, turns: Sequence[tuple[str, str]], instructions: str = "") -> History:
        """Return a history of questions and their answers.

        Another process or a client kept them. ``instructions``: added to the system prompt. The next model reads them
        as text, since their tokens are lost.
        """
        history = cls()
        if instructions:
            history.messages[0] = Message(role="system", content=f"{SYSTEM}\n\n{instructions}")
        for question, answer in turns:
            history.hear(question, answer)
        return history

    @property
    def instructed(self) -> bool:
        """Whether the system prompt holds words of the user."""
        return self.messages[0].content != SYSTEM

    def hear(self, question: str, answer: str) -> None:
        """Append a turn with only its question and its answer."""
        self.sent_to = ""
        self.messages += [Message(role="user", content=question), Message(role="assistant", content=answer)]
        self.remember(question, answer)
        self.turns += 1

    def append(
        self, draft: Draft, question: str, hidden: NDArray[np.float32] | None, titles: Sequence[str] = ()
    ) -> None:
        """Append a finished turn. ``hidden``: the router's state after it. ``titles``: titles of the notes shown."""
        if draft.prompt.turn_ids:
            self.generated[len(self.messages)] = draft.prompt.turn_ids
            self.shared_tokens, self.block_ends = draft.prompt.shared_tokens, draft.prompt.block_ends
        self.messages += [draft.message, Message(role="assistant", content=draft.generation.text)]
        if not draft.route.tier:  # another machine's numbers of tokens mean nothing here
            self.generated[len(self.messages) - 1] = tuple(token.id for token in draft.generation.tokens)
        self.model_id, self.hidden, self.sent_to = draft.route.model_id, hidden, draft.sent_to
        self.remember(question, draft.generation.text, titles)
        self.held_tokens = draft.generation.prompt_tokens + len(draft.generation.tokens)
        self.turns += 1


def _is_name(text: str) -> bool:
    return any(word[0].isupper() for word in text.split())
