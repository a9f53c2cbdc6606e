"""Finds the texts of logged answers in the stored conversations.

Each has the notes that it rests on.
"""

from __future__ import annotations

from pathlib import Path

from ...conversations.store import FILE, ConversationStore
from ...conversations.turn import KeptSource, KeptTurn
from ...records import Record


class KeptText(Record):
    """A logged answer whose text a conversation stores."""

    question: str
    said: str
    sentences: tuple[str, ...]
    """Sentences of the notes that bear the answer out."""
    memory: str
    """Path of the memory that holds the notes."""
    notes: tuple[tuple[int, str], ...]
    """Key and id of each note that this answer or an earlier one of its conversation rests on."""


def kept_texts(folder: Path) -> dict[str, KeptText]:
    """Return the answers stored in the conversations of ``folder``, by request.

    Lists, and answers erased with one of their notes, are left out. Raises MemoryFileError.
    """
    store, found = ConversationStore(folder / FILE), dict[str, KeptText]()
    try:
        for shown in store.shown():
            loaded = store.load(shown.id)
            before: list[KeptSource] = []
            for turn in loaded.turns if loaded else ():
                before += turn.sources
                if _is_text(turn):
                    found[turn.request_id] = KeptText(
                        question=turn.question,
                        said=turn.answer,
                        sentences=tuple(source.sentence for source in turn.sources if source.sentence),
                        memory=shown.memory,
                        notes=tuple(dict.fromkeys((source.key, source.node_id) for source in before)),
                    )
    finally:
        store.close()
    return found


def _is_text(turn: KeptTurn) -> bool:
    return bool(turn.answer) and not turn.forgotten and turn.listing is None
