"""A question to the service, independent of its route."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from ..constraints import Constraints
from ..filter import Filter
from ..plain.tools import Tool
from ..records import Record
from .admission import Priority


class Question(Record):
    """A question to the notes with all settings that affect its answer."""

    text: str
    turns: tuple[tuple[str, str], ...] = ()
    """Earlier questions with their answers, oldest first."""
    instructions: str = ""
    """Text of the client's system messages."""
    constraints: Constraints = Constraints()
    filter: Filter | None = None
    limit: int = 20
    """Maximum number of notes, if the question asks for a list."""
    start: int = 1
    """Number of the first note, if the question asks for a list."""
    priority: Priority = "interactive"
    schema: dict[str, Any] | None = None
    """JSON schema that the answer must follow; None: none."""
    tools: tuple[Tool, ...] = ()
    """Functions, one of which must be called by the answer; empty: none."""

    def key(self, generation: int) -> bytes:
        """Return a hash that is equal for questions with the same answer. ``generation``: the memory's generation.

        The budget is part of it, because a generation ends when the time of whoever began it is over.
        """
        same = msgspec.structs.replace(self, text=self.text.strip(), priority="interactive")
        return hashlib.sha256(msgspec.json.encode((generation, same))).digest()
