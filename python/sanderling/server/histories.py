"""Finds the stored conversation that a question continues.

Clients send all earlier turns with each question. What the runtime keeps of a conversation, the token ids above all, is
worth more than their text: with it the model's state is extended, and the notes shown earlier are still in view. So
conversations are kept for a while, each under the turns that a client will send when it asks on. One that is not found
begins again from the turns' text.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from ..conversation import Conversation
from ..filter import Filter

MOST_KEPT = 64

Turns = Sequence[tuple[str, str]]


class Histories:
    """The latest :data:`MOST_KEPT` conversations of one service. Safe to share between threads."""

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        """Start without conversations."""
        self._most_kept = most_kept
        self._kept: OrderedDict[bytes, Conversation] = OrderedDict()
        self._guard = threading.Lock()

    def take(self, turns: Turns, instructions: str, filter: Filter | None) -> Conversation | None:
        """Remove and return the conversation with these turns, or None."""
        with self._guard:
            return self._kept.pop(_key(turns, instructions, filter), None)

    def keep(self, conversation: Conversation, turns: Turns, instructions: str, filter: Filter | None) -> None:
        """Store a conversation. ``turns``: all its turns, including the last answer."""
        with self._guard:
            key = _key(turns, instructions, filter)
            self._kept[key] = conversation
            self._kept.move_to_end(key)
            while len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)


def _key(turns: Turns, instructions: str, filter: Filter | None) -> bytes:
    stripped = [(question.strip(), answer.strip()) for question, answer in turns]
    return hashlib.sha256(msgspec.msgpack.encode((stripped, instructions, filter))).digest()
