"""Checks a model's text before it is written into the memory.

Later questions find and believe what is written there. A text passes that says something, is borne out by its notes,
does not rest on a text that a model wrote before, and is not in the memory already. The same holds for answers and for
summaries.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..memory import Memory
from ..memory.store.description import loose_id
from ..records import Node
from ..text.borne_out import borne_out as found
from ..text.declined import declined
from ..text.sentences import stems

BEGINNING = "Question: "
"""Beginning of every answer written back, behind which its question stands."""
BORNE_OUT = 0.8
"""Share of a text's words that its notes must hold; the rest may be the words around them. Figures must all be there.
Used where no verifier has judged the text."""


def refusal(
    memory: Memory,
    text: str,
    written: str,
    notes: Sequence[Node],
    borne_out: bool | None = None,
    question: str = "",
) -> str:
    """Return the reason to keep ``text`` out of the memory; empty if there is none.

    ``written``: as it would be written. ``notes``: those that the text rests on. ``borne_out``: the verifier's verdict;
    None: its words are compared with those of ``notes``. ``question``: what was asked; its figures may be repeated.
    """
    if declined(text):
        return "it says that nothing was found"
    own = [note for note in notes if not model_wrote(note)]
    if len(own) < len(notes) and not words_borne_out(text, own):
        return "it rests on what a model wrote before"
    if not (words_borne_out(text, own) if borne_out is None else borne_out and figures_stand(text, own, question)):
        return "the notes do not bear it out"
    return "it is in the memory already" if loose_id(memory.store, written) is not None else ""


def words_borne_out(text: str, notes: Sequence[Node]) -> bool:
    """Return whether ``notes`` hold the figures and most of the words of ``text``.

    All figures must occur, and :data:`BORNE_OUT` of all words by their stems.
    """
    said, known = stems(text), {stem for note in notes for stem in stems(f"{note.title} {note.text}")}
    figures = [word for word in said if any(map(str.isdigit, word))]
    return bool(said) and known.issuperset(figures) and sum(word in known for word in said) >= BORNE_OUT * len(said)


def figures_stand(text: str, notes: Sequence[Node], question: str = "") -> bool:
    """Return whether every figure of ``text`` occurs in ``notes`` or in ``question``.

    It may occur in any form. A verdict weighs a whole answer, and passes some with a figure that no note has: a
    model that is sure of a year may have made it up, and nobody who reads it later could tell.
    """
    return found(text, [f"{note.title} {note.text}" for note in notes], question).figures


def model_wrote(node: Node) -> bool:
    """Return whether a model wrote ``node``, as an answer or as a summary.

    Such a node is none of the user's own notes.
    """
    if node.source != "agent":
        return False
    return node.type == "summary" or (node.type == "memory" and node.text.startswith(BEGINNING))
