"""Rows read out of a SQLite file that is damaged, into a new memory.

Reading goes table by table and by ranges of keys: what lies on a page that cannot be read is passed over, what lies
before, between and after such pages is taken. Of the file's schema only tables with our columns are used, whatever else
it defines: nothing of it is run. Cells that hold what they cannot are mended where that is possible (``cells.py``), or
their row is left out, as is one that breaks a rule of the tables in the new file. What hangs in the air afterwards is
for ``repair.py`` to remove.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import SanderlingError
from ...text.name_trie import Name
from ..link.entities import entities
from ..store import cells
from ..store.cells import MAX_KEY
from ..store.database import Database
from ..store.identity import Identity
from ..store.store import Store

# In the order of what points at what. Their rows are stored by an integer key.
TABLES = ("relation", "document", "node", "edge")
# A page that cannot be read costs about four attempts for each of its keys, some 20 µs each. Beyond this number the
# rest of a table is given up; a table whose end is damaged comes to it, since nothing says where its keys end.
MAX_ATTEMPTS = 50_000
ROWS_AT_ONCE = 256


def salvage(damaged: Database, path: Path, identity: Identity) -> tuple[Store, list[str]]:
    """Make a memory at ``path``, where nothing may be yet, of what can be read of ``damaged``; say what was mended.

    The change log starts anew, so that no snapshot of the damaged memory's index is taken for one of this; so it does
    no harm that the keys of rows lost from the end of a table may be given again.
    """
    store = Store.open(path, identity.embedder_id, identity.dim)
    try:
        # A child may have been read whose parent was not: looked for when everything is there.
        store.database.execute("PRAGMA foreign_keys = OFF")
        with store.write() as writer:
            reading = _Reading(damaged, store.database)
            reading.meta()
            for table in TABLES:
                reading.table(table)
            reading.vectors()
            for node, text, document in store.database.execute("SELECT key, text, document FROM node"):
                writer.add_links((node, str(target)) for _, target in reading.of_node("link", node))
                writer.add_names(
                    (node, Name(str(text), bool(heading))) for _, heading, text in reading.of_node("name", node)
                )
                if document is not None:
                    writer.add_entities((node, entity) for entity in entities(text))
            reading.finish()
            store.database.execute("DELETE FROM change WHERE src IS NOT NULL")
        store.database.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        store.close()
        raise
    return store, reading.said()


class _Reading:
    """Rows on their way from a damaged file into a whole one."""

    def __init__(self, damaged: Database, whole: Database) -> None:
        self._damaged, self._whole = damaged, whole
        self._encoding = cells.encoding_of(damaged)
        self._tables = {table for table in (*cells.COLUMNS, "vector") if is_table(damaged, table)}
        self._again: set[object] = set()
        """Documents of which something had to be mended."""
        self._mended: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()

    def meta(self) -> None:
        """Take what ``meta`` holds beside how the vectors were made."""
        if "meta" not in self._tables:
            return
        insert = "INSERT OR REPLACE INTO meta(key, value) SELECT ?1, ?2 WHERE ?1 NOT IN ('embedder_id', 'dim')"
        try:
            rows = [self._row("meta", row) for row in self._select("meta", "")]
        except SanderlingError:
            return  # said already
        self._whole.run_many(insert, [row for row in rows if row])

    def table(self, table: str) -> None:
        """Take the rows of a table that is stored by keys."""
        if table not in self._tables:
            return
        names = [column.name for column in cells.COLUMNS[table]]
        insert = f"INSERT OR IGNORE INTO {table}({', '.join(names)}) VALUES({', '.join('?' * len(names))})"
        rows: list[tuple[object, ...]] = []
        for _, *read in readable_rows(self._damaged, table, f"rowid, {cells.expressions(table)}"):
            row = self._row(table, read)
            if row:
                rows.append(row)
            if len(rows) == ROWS_AT_ONCE:
                self._whole.run_many(insert, rows)
                rows = []
        self._whole.run_many(insert, rows)

    def vectors(self) -> None:
        """Take the vectors, whatever is in them; ``repair.py`` looks at that."""
        if "vector" not in self._tables:
            return
        blobs = readable_rows(self._damaged, "vector", "rowid, CASE typeof(value) WHEN 'blob' THEN value END")
        insert = "INSERT OR IGNORE INTO vector(node, value) VALUES(?, ?)"
        for row in blobs:
            if row[1] is not None:
                self._whole.execute(insert, row)

    def of_node(self, table: str, node: int) -> list[tuple[object, ...]]:
        """Return what ``link`` or ``name`` holds about a node, as far as it can be read."""
        if table not in self._tables:
            return []
        try:
            rows = [self._row(table, row) for row in self._select(table, "WHERE node = ?", node)]
        except SanderlingError:
            # The damage is said already; an ingest of the document finds its links again.
            return []
        return [row for row in rows if row]

    def finish(self) -> None:
        """Let an ingest read again what was mended: its file has it whole."""
        counted = "(SELECT count(*) FROM node WHERE document = document.key)"
        self._whole.execute(f"UPDATE document SET node_count = {counted} WHERE node_count < 0")
        again: list[tuple[object, ...]] = [(key,) for key in self._again]
        self._whole.run_many("UPDATE document SET content_hash = '' WHERE key = ?", again)

    def said(self) -> list[str]:
        """Return what was done, in words."""
        mended = [f"{count} rows of {table} were mended" for table, count in self._mended.items()]
        return mended + [
            f"{count} rows of {table} could not be and were left out" for table, count in self._lost.items()
        ]

    def _select(self, table: str, where: str, *values: object) -> list[tuple[Any, ...]]:
        return self._damaged.execute(f"SELECT {cells.expressions(table)} FROM {table} {where}", values)

    def _row(self, table: str, read: tuple[Any, ...] | list[Any]) -> tuple[object, ...] | None:
        row = cells.row(table, read, self._encoding)
        if row is None:
            self._lost[table] += 1
            return None
        if row.mended:
            self._mended[table] += 1
            document = {"document": "key", "node": "document"}.get(table)
            if document:
                self._again.add(row.values[[column.name for column in cells.COLUMNS[table]].index(document)])
        return row.values


def is_table(damaged: Database, table: str) -> bool:
    """Tell whether ``table`` is a plain table with our columns, of which reading runs nothing and ends."""
    names = f"SELECT count(*) FROM pragma_table_xinfo('{table}') WHERE hidden = 0 AND name IN"
    columns = [column.name for column in cells.COLUMNS.get(table, ())] or ["node", "value"]
    try:
        plain = damaged.execute(
            # A view has no page, nor has a virtual table; the type may be a lie, the SQL is what counts.
            "SELECT 1 FROM sqlite_master WHERE name = ? AND rootpage > 0 AND sql LIKE 'CREATE TABLE%'",
            (table,),
        )
        there = damaged.execute(f"{names} ({', '.join('?' * len(columns))})", tuple(columns)) if plain else [(0,)]
    except SanderlingError:
        return False
    return bool(there[0][0] == len(columns))


def readable_rows(database: Database, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table, keyed by its first column, that can be read; possibly some of them twice."""
    ranges = [(0, MAX_KEY)]
    attempts = 0
    while ranges and attempts < MAX_ATTEMPTS:
        low, high = ranges.pop()
        try:
            for row in _select(database, table, columns, low, high, "ASC"):
                low = max(low, row[0] + 1)
                yield row
            continue
        except SanderlingError:
            attempts += 1
        try:
            for row in _select(database, table, columns, low, high, "DESC"):
                high = min(high, row[0] - 1)
                yield row
            continue
        except SanderlingError:
            attempts += 1
        # Both ends are unreadable: look between them.
        if low < high:
            middle = (low + high) // 2
            ranges += [(middle + 1, high), (low, middle)]


def _select(database: Database, table: str, columns: str, low: int, high: int, order: str) -> Iterator[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM {table} WHERE rowid BETWEEN ? AND ? ORDER BY rowid {order}"
    # One at a time, so that an error costs no row that was read before it.
    for (row,) in database.batches(sql, (low, high), 1):
        yield row
