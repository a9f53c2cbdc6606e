"""What a kept answer rests on, and whether it is still so: the notes shown, and the edges that tie others to them.

The memory's own generation moves with every note, and its change log is pruned with each snapshot of the index, so that
neither tells which notes changed since an answer was made weeks ago. A digest of the notes and of all edges at them
does, also for their neighbours: texts never change in place, a note that is replaced has another key, and the edges to
a note that is gone are gone with it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..errors import SanderlingError
from ..memory.store.store import Store
from ..records import Record, RetrievalResult
from .answers import Answers

log = logging.getLogger(__name__)

_EDGES = """
SELECT src, dst, rel, weight FROM edge WHERE src IN (SELECT value FROM json_each(?1))
UNION SELECT src, dst, rel, weight FROM edge WHERE dst IN (SELECT value FROM json_each(?1))
ORDER BY src, dst, rel
"""


class Dependencies(Record):
    """What has to be as it was."""

    shown: tuple[int, ...]
    """Keys of the notes the answer was made from."""
    newest: int
    """The newest note that was found; a key above it is of a note that came later, since keys only grow."""
    digest: bytes

    def unchanged(self, store: Store) -> bool:
        """Tell whether the notes are there, and they and the edges at them as they were."""
        return digest(store, self.shown) == self.digest

    def fits(self, found: RetrievalResult) -> bool:
        """Tell whether a question that ``found`` these notes now may be answered from those shown then.

        All of them must be found, in any order, and none that came later may rank before the last of them.
        """
        places = {key: place for place, key in enumerate(found.attended.keys.tolist())}
        if not all(key in places for key in self.shown):
            return False
        last = max(places[key] for key in self.shown)
        return all(key <= self.newest for key, place in places.items() if place <= last)


def forget_stale(store: Store, path: Path | None = None) -> None:
    """Forget the kept answers that rest on notes of ``store`` which are gone or changed: they may repeat their words.

    ``path``: of the file of answers; None: in the data folder. Which memory an answer was made from is not kept in
    words, so those of other memories go as well. Whatever is wrong with their file is a warning.
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
        return msgspec.msgpack.decode(holds, type=Dependencies).unchanged(store)
    except (msgspec.MsgspecError, TypeError):  # TypeError: the cell may hold anything
        return False


def dependencies_of(store: Store, shown: Sequence[int], found: RetrievalResult) -> Dependencies:
    """Return what an answer made from the notes ``shown`` rests on; they are never none."""
    return Dependencies(shown=tuple(shown), newest=int(found.attended.keys.max()), digest=digest(store, shown))


def digest(store: Store, keys: Sequence[int]) -> bytes:
    """Return SHA-256 over the notes and the edges at them; a note that is gone changes it."""
    with store.read():
        notes = store.nodes(keys)
        edges = store.database.execute(_EDGES, (json.dumps(list(keys)),))
    return hashlib.sha256(msgspec.msgpack.encode((notes, edges))).digest()
