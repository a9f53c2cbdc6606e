"""Question and answer in, one new node with its edges out.

The node is of type ``memory`` and source ``agent``; it ``cites`` each note the answer was made from, with the note's
attention weight, ``created_by`` ``router``. It is written only where the user's policy says so: an answer that is wrong
would be found, and believed, by the next question.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..memory import Memory, Note
from ..records import Node, SourceNote


def write_back(memory: Memory, question: str, text: str, notes: Sequence[SourceNote]) -> Node | None:
    """Return the new node; None for an empty answer, which is not remembered."""
    if not text.strip():
        return None
    remembered = Note(
        text=f"Question: {question}\nAnswer: {text}",
        edges=tuple((note.key, "cites", note.score) for note in notes),
    )
    return memory.write_back([remembered], created_by="router")[0]
