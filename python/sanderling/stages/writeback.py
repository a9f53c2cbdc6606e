"""Write an answer back into the memory.

The new node is of type ``memory`` and source ``agent``. It ``cites`` each note the answer was made from, with the
weight that ranked the note and ``created_by`` ``router``. Whether answers are written back is the user's choice
(``write_back`` in ``config.toml``): a wrong answer would be found, and believed, by later questions.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SanderlingError
from ..memory import Memory, Note
from ..records import Node, SourceNote
from ..request.request import Request

LEAST_WEIGHT = 1e-6
"""Weight of the edge to a note whose own rounds to nothing, since an edge needs a positive one."""


def write_back(memory: Memory, question: str, text: str, notes: Sequence[SourceNote]) -> Node | None:
    """Write ``question`` and its answer ``text`` into the memory as one node, and return the node.

    ``notes``: those the answer was made from. An empty answer is not written and returns None. Raises MemoryFileError,
    StorageFull.
    """
    if not text.strip():
        return None
    remembered = Note(
        text=f"Question: {question}\nAnswer: {text}",
        edges=tuple((note.key, "cites", max(note.score, LEAST_WEIGHT)) for note in notes),
    )
    return memory.write_back([remembered], created_by="router")[0]


def try_write_back(memory: Memory, request: Request, text: str, notes: Sequence[SourceNote]) -> None:
    """Write an answer back; if that fails, add a warning to ``request``.

    Nothing is raised, because the answer itself is valid.
    """
    try:
        write_back(memory, request.query, text, notes)
    except SanderlingError as error:
        request.warn(f"the answer was not remembered ({error})")
