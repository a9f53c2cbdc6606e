"""Look up words, phrases and titles in a table in memory. It is saved beside the memory file.

::

    full-text index ──all terms, where there is no file──► WordTable ──save──► <memory>.words
         SQLite ──nodes in the change log, cut into terms──►   │
                                                               ▼
                                                    look-ups of a question

The table (:mod:`sanderling._core`) answers what SQLite's full-text index would, in a twentieth of the time. Like the
``.idx`` file the ``.words`` file is a cache: it bears the generation of the store that it was made from, is brought up
to date by the change log, and is made anew where it is missing, damaged or of another state. It holds words of notes;
so it is written again without them, or removed, when the words of deleted notes are erased.

The log names nodes that came or went. A change of title or names in place is not among them, and makes every table
useless that is older (:func:`outdate`). Where there is no table, as in a large memory that was never closed, SQLite is
asked.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..._core import Candidates, CoreError, DamageError, WordTable, stems
from ...disk.files import create_private, irregular
from ...errors import SanderlingError
from ...text.searched import is_single
from .database import Database, json_array
from .generations import generation_of, has_generation
from .tokens import PLACES, Row, Tokens, is_plain

BUILT_AT_ONCE = 20_000
"""Most nodes of a memory whose table is built while a question waits.

That takes .6 s for this many notes of 100 words.
"""
FOLLOWED = 1000
"""Most new nodes that are added one by one; for more the table is built again.

Adding takes .15 ms a node, building .03 ms.
"""
BATCH = 4096
_OUTDATED = "words_outdated"
_VALUE = "SELECT value FROM meta WHERE key = ?"
_CHANGED = (
    "SELECT c.src, n.key FROM (SELECT DISTINCT src FROM change WHERE generation > ? "
    "AND src IS NOT NULL AND dst IS NULL) c LEFT JOIN node n ON n.key = c.src ORDER BY c.src"
)
_ROWS = "SELECT key, title, text, names, beside FROM node WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key"

T = TypeVar("T")
Nodes = NDArray[np.uint64]
Opens = NDArray[np.uint8]


def words_path(path: Path) -> Path:
    """Return the path of the word table of the memory at ``path``."""
    return path.with_name(path.name + ".words")


def outdate(database: Database, generation: int) -> None:
    """Make word tables older than ``generation`` invalid. Call inside the transaction of that generation.

    For changes of a node's title, names or text.
    """
    sql = "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"
    database.execute(sql, (_OUTDATED, str(generation)))


class Words:
    """The word table of one memory. Usable from several threads; look-ups only inside a transaction."""

    def __init__(self, database: Database) -> None:
        """Read nothing. The file is read at the first look-up."""
        self.path = words_path(database.path)
        self._database = database
        self._tokens = Tokens()
        self._table: WordTable | None = None
        self._generation = -1
        self._saved: int | None = None
        # Generation for which no table is to be had, so that this is not tried at every look-up.
        self._without: int | None = None

    @property
    def nodes(self) -> int:
        """Number of nodes in the table; 0 if there is none."""
        return 0 if self._table is None else len(self._table)

    def table(self) -> WordTable | None:
        """Return the table as of this transaction; None if SQLite must be asked."""
        if not self._database.reading:
            return None
        generation = generation_of(self._database)
        if self._table is None or generation != self._generation:
            if self._without == generation:
                return None
            self._table = self._current(generation, BUILT_AT_ONCE)
            self._generation = generation
            self._without = generation if self._table is None else None
        return self._table

    def having(self, spelled: Sequence[Sequence[str]]) -> tuple[Nodes, NDArray[np.bool_]] | None:
        """Return the nodes with any word in ``spelled``, in rising order, and each node's words.

        ``spelled``: words, each in all spellings. The second array is bool[words, nodes]. None: ask SQLite.
        """
        if any(not word.isascii() and is_single(word) for words in spelled for word in words):
            return None  # a beginning of words
        phrases = self._tokens.phrases([word] for words in spelled for word in words)
        left = iter(phrases)
        groups = [[next(left) for _ in words] for words in spelled]
        return self._ask(lambda table: table.having(groups))

    def look_up(self, candidates: Candidates, names: list[str], most: int) -> bool:
        """Look up the nodes that have ``names``, and record them in ``candidates``; return False to ask SQLite.

        Names are lower-case words joined by blanks. ``most``: the most nodes that may share a name.
        """
        odd = [name for name in names if not is_plain(name.replace(" ", ""))]
        terms = dict(zip(odd, self._tokens.phrases(name.split(" ") for name in odd), strict=True)) if odd else {}

        def work(table: WordTable) -> bool:
            candidates.look_up(table, names, terms, most)
            return True

        return bool(self._ask(work))

    def counts(self, words: Iterable[str]) -> list[int] | None:
        """Return the number of nodes with each of ``words``; None: ask SQLite."""
        listed = list(words)

        def look_up(table: WordTable) -> list[int]:
            counts = table.counts(self._tokens.phrases([word] for word in listed))
            for at, word in enumerate(listed):
                if not word.isascii() and is_single(word):
                    counts[at] = len(self._beginning(table, word))
            return counts

        return self._ask(look_up)

    def known(self, words: Sequence[str], most: int) -> list[str] | None:
        """Return the first ``most`` of ``words`` that some node has; None: ask SQLite."""
        plain = all(map(is_plain, words))
        # Many words that nobody asks for again: they are not to be remembered.
        terms = [[stem] for stem in stems(list(words))] if plain else []
        counts = self._ask(lambda table: table.counts(terms)) if plain else self.counts(words)
        if counts is None:
            return None
        return list(islice((word for word, count in zip(words, counts, strict=True) if count), most))

    def titles(self, nodes: Iterable[int]) -> dict[int, str] | None:
        """Return the title of each stored node in ``nodes``; None: ask SQLite."""
        keys = np.array(list(nodes), np.uint64)
        found = self._ask(lambda table: table.titles(keys))
        if found is None:
            return None
        return {key: title for key, title in zip(keys.tolist(), found, strict=True) if title is not None}

    def _beginning(self, table: WordTable, letter: str) -> Nodes:
        """Return the nodes with a word that begins with ``letter``, as SQLite finds them."""
        *whole, last = self._tokens.phrases([[letter]])[0] or [""]
        return table.beginning(last) if last and not whole else np.empty(0, np.uint64)

    def _ask(self, work: Callable[[WordTable], T]) -> T | None:
        with self._database.transaction("DEFERRED"):
            table = self.table()
            try:
                return None if table is None else work(table)
            except DamageError:
                # Checksums are compared late; the file is made anew.
                self._without = self._generation
                if self._database.read_only is None:
                    self.discard()
                self._table = self._saved = None
                return None

    def save(self, *, build: bool) -> None:
        """Write the file if the table has changed. ``build``: build the table if there is none.

        A failure is of no consequence, since a missing file is made anew. Not inside a transaction.
        """
        with suppress(OSError, CoreError, SanderlingError):
            self._save(build)

    def _save(self, build: bool) -> None:
        if self._database.read_only is not None or self._database.lost():
            return
        if self._table is None and not build:
            return
        with self._database.transaction("DEFERRED"):
            generation = generation_of(self._database)
            if self._table is None or generation != self._generation:
                self._table, self._generation = self._current(generation, None), generation
            if self._table is None or self._saved == generation:
                return
            self._write(self._table, generation)
            # The file is mapped, which takes less memory than what was added one by one.
            self._table, _ = WordTable.load(self.path)
            self._saved, self._without = generation, None

    def discard(self) -> None:
        """Remove the file. It may repeat the errors of a damaged full-text index."""
        self._table, self._saved = None, None
        if not irregular(self.path):
            self.path.unlink(missing_ok=True)

    def erase(self) -> None:
        """Rewrite the file without the words of deleted nodes, or remove it. Raises OSError."""
        if self._database.read_only is not None or irregular(self.path) or not self.path.exists():
            return
        try:
            if self._table is None:
                with self._database.transaction("DEFERRED"):
                    self._table = self._loaded()
            self._save(build=False)
            if self._table is not None:
                return
        except (OSError, SanderlingError, CoreError):
            self._table = None
        self.path.unlink(missing_ok=True)

    def _write(self, table: WordTable, generation: int) -> None:
        # As with the index, the file gets the memory's mode, and the core fills the temporary file of this name.
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")
        temporary.unlink(missing_ok=True)
        create_private(temporary)
        temporary.chmod(stat.S_IMODE(self._database.path.stat().st_mode) & 0o666)
        table.save(self.path, generation)

    def _current(self, generation: int, most: int | None) -> WordTable | None:
        """Return a table of ``generation``, from memory, from the file, or newly built.

        None if a new one would have more than ``most`` nodes.
        """
        nodes = self._database.execute("SELECT count(*) FROM node")[0][0]
        # Not kept if an error leaves it half changed.
        table, self._table = self._table, None
        try:
            if table is None or not self._usable(self._generation):
                table = self._loaded()
            if table is not None and self._followed(table) and len(table) == nodes:
                return table
        except (CoreError, ValueError, KeyError):
            pass
        self._saved = None
        return None if most is not None and nodes > most else self._built()

    def _usable(self, generation: int) -> bool:
        """Whether a table of ``generation`` can be updated to the present."""
        outdated = self._database.execute(_VALUE, (_OUTDATED,))
        # A text that is no number is as good as a newer generation.
        newer = outdated and not (outdated[0][0].isdecimal() and int(outdated[0][0]) <= generation)
        return not newer and has_generation(self._database, generation)

    def _loaded(self) -> WordTable | None:
        """Return the file's table if it can be updated to the present."""
        self._saved = None
        if irregular(self.path) or not self.path.exists():
            return None
        try:
            table, generation = WordTable.load(self.path)
        except (CoreError, OSError):
            return None
        if not self._usable(generation):
            return None
        self._generation = self._saved = generation
        return table

    def _followed(self, table: WordTable) -> bool:
        """Apply to ``table`` all changes since its generation; return False if there were too many."""
        rows = self._database.execute(_CHANGED, (self._generation,))
        newest = table.newest
        new = [key for key, there in rows if there is not None and key > newest]
        if len(new) > FOLLOWED:
            return False
        gone = [key for key, there in rows if there is None]
        if gone:
            table.remove(np.array(gone, np.uint64))
        if new:
            nodes: list[Row] = self._database.execute(_ROWS, (json_array(new),))
            table.extend(np.array([node[0] for node in nodes], np.uint64), [node[1] for node in nodes])
            for terms, places in self._tokens.places(nodes):
                table.put(list(terms), list(places))
        return True

    def _built(self) -> WordTable:
        """Build a table of all nodes from the full-text index."""
        table = WordTable()
        for rows in self._database.batches("SELECT key, title FROM node ORDER BY key", (), BATCH):
            table.extend(np.array([key for key, _ in rows], np.uint64), [title for _, title in rows])
        self._database.execute("CREATE VIRTUAL TABLE temp.all_terms USING fts5vocab(main, node_text, instance)")
        try:
            for rows in self._database.batches(PLACES.format("temp.all_terms"), (), BATCH):
                table.put([term for term, _ in rows], [places for _, places in rows])
        finally:
            self._database.execute("DROP TABLE temp.all_terms")
        return table
