"""Cut texts into the terms of the full-text index, as SQLite's tokenizer does.

A term is a word as the index holds it: folded, and stemmed if it is English. Words in ASCII are stemmed by the core,
which does as SQLite does in a hundredth of the time; all others are asked of SQLite, since its tables of letters are
those of a Unicode version of its own.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence

from ..._core import stems
from .schema import FULL_TEXT

BATCH = 4096
KEPT = 10_000
"""Number of words whose terms are remembered; beyond this all are forgotten."""
PLACES = """
SELECT term, group_concat(doc || ' ' || (4 * offset +
    CASE col WHEN 'title' THEN 0 WHEN 'text' THEN 1 WHEN 'names' THEN 2 ELSE 3 END), ' ') FROM {} GROUP BY term
"""
"""Query for the terms of an ``fts5vocab`` table and their places.

Terms are in rising order, places as ``WordTable.put`` takes them.
"""

Row = tuple[int, str, str, str, str]
"""Key, title, text, names and column ``beside`` of a node."""


def is_plain(word: str) -> bool:
    """Whether the index stores ``word`` under the word's stem."""
    return word.isascii() and word.isalnum()


class Tokens:
    """A tokenizer for the full-text index. Usable from several threads."""

    def __init__(self) -> None:
        """Prepare nothing. The database is made when it is first needed."""
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None
        self._known: dict[str, list[str]] = {}

    def places(self, rows: Sequence[Row]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Yield the terms in ``rows``, each with its places, in batches."""
        with self._lock, self._filled(rows) as database:
            cursor = database.execute(PLACES.format("terms"))
            while found := cursor.fetchmany(BATCH):
                terms, places = zip(*found, strict=True)
                yield terms, places

    def phrases(self, phrases: Iterable[Sequence[str]]) -> list[list[str]]:
        """Return the terms of each of ``phrases``, lists of lower-case words."""
        listed = list(phrases)
        words = {word for phrase in listed for word in phrase}
        # Words are only added to a dictionary; another thread may be reading this one.
        known = self._known
        if len(known) > KEPT:
            known = self._known = {}
        if new := [word for word in words if word not in known]:
            plain = [word for word in new if is_plain(word)]
            known.update((word, [stem]) for word, stem in zip(plain, stems(plain), strict=True))
            known.update(self._asked([word for word in new if not is_plain(word)]))
        return [[term for word in phrase for term in known[word]] for phrase in listed]

    def _asked(self, words: list[str]) -> dict[str, list[str]]:
        if not words:
            return {}
        found: dict[str, list[str]] = {word: [] for word in words}
        rows = [(number, word, "", "", "") for number, word in enumerate(words)]
        with self._lock, self._filled(rows) as database:
            for number, term in database.execute("SELECT doc, term FROM terms ORDER BY doc, offset"):
                found[words[number]].append(term)
        return found

    def _filled(self, rows: Sequence[Row]) -> _Filled:
        if self._open is None:
            self._open = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            table = FULL_TEXT[: FULL_TEXT.index(";")].replace("content='node', content_rowid='key'", "content=''")
            self._open.execute(table)
            self._open.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(node_text, instance)")
        return _Filled(self._open, rows)


class _Filled:
    """Context manager that fills the table of a tokenizer, and empties it again."""

    def __init__(self, database: sqlite3.Connection, rows: Sequence[Row]) -> None:
        self._database, self._rows = database, rows

    def __enter__(self) -> sqlite3.Connection:
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO node_text(rowid, title, text, names, beside) VALUES(?, ?, ?, ?, ?)", self._rows
        )
        return self._database

    def __exit__(self, *error: object) -> None:
        self._database.execute("ROLLBACK")
