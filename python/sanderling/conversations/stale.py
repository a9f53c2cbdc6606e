"""Deletes kept turns that were based on changed or deleted notes.

Of a note that was forgotten, its sentences, its title and the answers that may quote it leave the disk. Where a note
was only changed, answers stay and the old sentences go. A state holds the notes that were shown, so it goes in both
cases, and the conversation goes on from its words.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from .. import config
from ..errors import SanderlingError
from ..memory.store.store import Store
from ..response_cache.dependencies import forget_stale
from .store import FILE, ConversationStore

log = logging.getLogger(__name__)


class Shown(Protocol):
    """A note from which an answer was made."""

    @property
    def key(self) -> int:
        """Key of the note in the memory."""

    @property
    def node_id(self) -> str:
        """UUID of the note."""

    @property
    def uri(self) -> str:
        """Address of the note's document; empty if the note has no document."""


def lost_sources(memory: Store, shown: Iterable[Shown]) -> dict[tuple[int, str], bool]:
    """Return the notes in ``shown`` that ``memory`` no longer has.

    The value is True if the note's document is gone too.
    """
    notes = {(each.key, each.node_id): each.uri for each in shown}
    with memory.read():
        present = {(node.key, node.id) for node in memory.nodes({key for key, _ in notes})}
        documents = {uri: bool(uri) and memory.document(uri) is not None for uri in set(notes.values())}
    return {note: not documents[uri] for note, uri in notes.items() if note not in present}


def forget_lost(memory: Store, folder: Path | None = None) -> None:
    """Delete kept turns and cached answers based on notes changed or deleted in ``memory``.

    ``folder`` of their files; None: the data folder. A damaged or locked file is only logged.
    """
    folder = folder or config.home()
    forget_stale(memory, folder / "responses.sqlite")
    forget_lost_turns(memory, folder)


def forget_lost_turns(memory: Store, folder: Path) -> None:
    """Delete kept turns, but no cached answers, based on notes changed or deleted in ``memory``."""
    conversations = ConversationStore(folder / FILE)
    try:
        turns: defaultdict[tuple[str, int], dict[tuple[int, str], bool]] = defaultdict(dict)
        sources = conversations.sources(str(memory.path.resolve()))
        lost = lost_sources(memory, sources)
        for each in sources:
            if (note := (each.key, each.node_id)) in lost:
                turns[each.conversation, each.turn][note] = lost[note]
        if turns:
            conversations.strike(turns)
    except SanderlingError as error:
        remedy = "run  sanderling chat --forget all"
        log.warning("conversations may hold words of notes that are gone (%s): %s", error, remedy)
    finally:
        conversations.close()
