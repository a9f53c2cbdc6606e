"""Write an answer back into the memory.

The new node is of type ``memory`` and source ``agent``, and has the id of its request, by which a bad rating finds it
again. It ``cites`` each note the answer was made from, with the weight that ranked the note and ``created_by``
``router``. Whether answers are written back is the user's choice (``write_back`` in ``config.toml``), and which of them
:mod:`~sanderling.stages.trusted` decides: a wrong answer would be found, and believed, by later questions.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SanderlingError, UsageError
from ..memory import Memory, Note
from ..memory.store.description import keys_of
from ..records import Answer, Node, SourceNote
from ..request.request import Request
from ..verdict import borne_out
from .trusted import BEGINNING, refusal

LEAST_WEIGHT = 1e-6
"""Weight of the edge to a note whose own rounds to nothing, since an edge needs a positive one."""


def write_back(
    memory: Memory,
    question: str,
    text: str,
    notes: Sequence[SourceNote],
    request_id: str = "",
    borne_out: bool | None = None,
) -> Node | str:
    """Write a question and its answer into the memory as one node.

    Returns the node, or the reason why it was not written.

    ``notes``: those the answer was made from. ``request_id``: becomes the id of the node; empty: a new one.
    ``borne_out``: the verifier's verdict; None: there is none. Raises MemoryFileError, StorageFull.
    """
    written = f"{BEGINNING}{question}\nAnswer: {text}"
    found = memory.nodes([note.key for note in notes])
    if why := refusal(memory, text, written, found, borne_out, question):
        return why
    if request_id and keys_of(memory.store, request_id):
        return "it is in the memory already"
    remembered = Note(
        id=request_id,
        text=written,
        edges=tuple((note.key, "cites", max(note.score, LEAST_WEIGHT)) for note in notes),
    )
    return memory.write_back([remembered], created_by="router")[0]


def remember(memory: Memory, question: str, answer: Answer) -> None:
    """Write an answer back at the user's request.

    Raises UsageError for an answer that may not be trusted, with the reason; MemoryFileError, StorageFull.
    """
    if answer.finish_reason != "stop":
        raise UsageError("the answer was not remembered: it did not come to its end")
    why = write_back(memory, question, answer.text, answer.sources, answer.request_id, borne_out(answer.verdict))
    if isinstance(why, str):
        raise UsageError(f"the answer was not remembered: {why}")


def try_write_back(
    memory: Memory, request: Request, text: str, notes: Sequence[SourceNote], borne_out: bool | None = None
) -> None:
    """Write an answer back if it is trusted, and warn if writing fails.

    The warning is added to ``request``. Nothing is raised, because the answer itself is valid.
    """
    try:
        write_back(memory, request.query, text, notes, request.id, borne_out)
    except SanderlingError as error:
        request.warn(f"the answer was not remembered ({error})")
