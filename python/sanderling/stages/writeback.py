"""Question and answer in, one new node with its edges out.

The node is of type ``memory`` and source ``agent``; it ``cites`` each note the answer was made from, with the note's
attention weight, ``created_by`` ``router``. It is written only where the user's policy says so: an answer that is wrong
would be found, and believed, by the next question.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..memory import Memory
from ..records import SourceNote
from .embed import Embedder


def write_back(
    memory: Memory, embedder: Embedder, question: str, text: str, notes: Sequence[SourceNote]
) -> str:
    """Return the id of the new node. An empty answer is not remembered: the id is empty then."""
    if not text.strip():
        return ""
    remembered = f"Question: {question}\nAnswer: {text}"
    vector = embedder.embed([remembered])[0]
    return memory.write_back(remembered, vector, cites={note.key: note.score for note in notes})
