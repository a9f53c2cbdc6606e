"""Check that the notes of a cached answer and the edges of these notes are unchanged.

The memory's own generation moves with every note, and its change log is pruned with each snapshot of the index, so
neither shows which notes changed since an answer was made weeks ago. A digest of the notes and of all edges at them
does, and it covers their neighbours too: texts never change in place, a note that is replaced gets another key, and the
edges to a deleted note are deleted with it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..errors import SanderlingError
from ..memory.store.edges import all_edges_at
from ..memory.store.store import Store
from ..records import Record, RetrievalResult
from .answers import Answers

log = logging.getLogger(__name__)


class Dependencies(Record):
    """The notes and edges that a cached answer depends on."""

    shown: tuple[int, ...]
    """Keys of the notes used for the answer."""
    newest: int
    """Largest key retrieved. A larger key belongs to a later note, since keys only grow."""
    digest: bytes

    def unchanged(self, store: Store) -> bool:
        """Whether the notes and all their edges are in ``store``, unchanged."""
        return digest(store, self.shown) == self.digest

    def fits(self, found: RetrievalResult) -> bool:
        """Whether the cached answer's notes still rank first in ``found``.

        ``found``: the nodes found for the present question. All of them must be there, in any order, and no later note
        may rank before the last of them.
        """
        places = {key: place for place, key in enumerate(found.attended.keys.tolist())}
        if not all(key in places for key in self.shown):
            return False
        last = max(places[key] for key in self.shown)
        return all(key <= self.newest for key, place in places.items() if place <= last)


decoded = msgspec.msgpack.Decoder(Dependencies).decode


def forget_stale(store: Store, path: Path | None = None) -> None:
    """Delete each cached answer based on a note that was changed or deleted in ``store``.

    The answer may quote the old text. ``path`` of the file of answers; None: the one in the data folder. The file does
    not name the memory an answer was made from, so the answers of other memories are deleted as well. A damaged or
    locked file is only logged.
    """
    answers = Answers(path)
    try:
        answers.forget_unless(lambda holds: _is_unchanged(holds, store))
    except SanderlingError as error:
        log.warning("kept answers may hold words of notes that are gone (%s): run  sanderling cache clear", error)
    finally:
        answers.close()


def _is_unchanged(holds: bytes, store: Store) -> bool:
    try:
        return decoded(holds).unchanged(store)
    except (msgspec.MsgspecError, TypeError):  # TypeError: the cell may hold anything
        return False


def dependencies_of(store: Store, shown: Sequence[int], found: RetrievalResult) -> Dependencies:
    """Return the dependencies of an answer made from the notes ``shown``. ``shown``: a non-empty part of ``found``."""
    return Dependencies(shown=tuple(shown), newest=int(found.attended.keys.max()), digest=digest(store, shown))


def digest(store: Store, keys: Sequence[int]) -> bytes:
    """Return the SHA-256 of the notes ``keys`` and all their edges.

    Deleting a note changes the hash.
    """
    with store.read():
        notes = store.nodes(keys)
        edges = all_edges_at(store, keys)
    return hashlib.sha256(msgspec.msgpack.encode((notes, edges))).digest()
