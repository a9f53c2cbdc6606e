"""Salvage: copy the readable rows of a damaged SQLite file into a new memory.

Tables are read by ranges of keys, so that an unreadable page costs only its own rows. Only plain tables with our
columns are read, whatever else the file's schema defines: nothing in the file is run. An invalid cell is mended where
possible (:mod:`~sanderling.memory.store.cells`); otherwise its row is left out, as is a row that breaks a rule of the
new tables. Rows left without their parents are removed by ``repair.py``.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from ...errors import SanderlingError
from ...text.name_trie import Name
from ..link.entities import entities
from ..store import cells
from ..store.change_log import forget_row_changes
from ..store.database import Database
from ..store.file_format import write_beside
from ..store.identity import Identity
from ..store.restored_rows import (
    check_foreign_keys,
    count_lost_lengths,
    forget_content,
    insert_meta,
    insert_rows,
    insert_vector,
    node_texts,
)
from ..store.salvaged_rows import cells_of_all, cells_of_node, cells_of_table, is_table, vector_rows
from ..store.store import Store

# Parents before children. Their rows are stored by an integer key.
TABLES = ("relation", "document", "node", "edge")
ROWS_AT_ONCE = 256


def salvage(damaged: Database, path: Path, identity: Identity) -> tuple[Store, list[str]]:
    """Create a memory at ``path`` from the readable rows of ``damaged``.

    Returns the memory, and one sentence for each table with mended or lost rows. ``path`` must not exist. The change
    log starts anew, so that no snapshot of the damaged memory's index is taken for one of the new memory; it is then
    harmless that keys lost from the end of a table may be assigned again.
    """
    store = Store.open(path, identity.embedder_id, identity.dim)
    try:
        # Children whose parents were lost are removed when everything has been read.
        check_foreign_keys(store, False)
        with store.write() as writer:
            reading = _Reading(damaged, store)
            reading.meta()
            for table in TABLES:
                reading.table(table)
            reading.vectors()
            for node, text, document in node_texts(store):
                writer.add_links((node, str(target)) for _, target in reading.of_node("link", node))
                writer.add_names(
                    (node, Name(str(text), bool(heading))) for _, heading, text in reading.of_node("name", node)
                )
                if document is not None:
                    writer.add_entities((node, entity) for entity in entities(text))
            reading.finish()
            forget_row_changes(store)
        check_foreign_keys(store, True)
    except BaseException:
        store.close()
        raise
    return store, reading.said()


class _Reading:
    """Copies rows from a damaged file into a sound one."""

    def __init__(self, damaged: Database, whole: Store) -> None:
        self._damaged, self._whole = damaged, whole
        self._encoding = cells.encoding_of(damaged)
        self._tables = {table for table in (*cells.COLUMNS, "vector") if is_table(damaged, table)}
        self._again: set[object] = set()
        """Documents with a mended row."""
        self._mended: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()

    def meta(self) -> None:
        """Copy ``meta`` without the embedder and the dimension."""
        if "meta" not in self._tables:
            return
        try:
            rows = [self._row("meta", row) for row in cells_of_all(self._damaged, "meta")]
        except SanderlingError:
            return  # reported already
        insert_meta(self._whole, [row for row in rows if row])

    def table(self, table: str) -> None:
        """Copy the readable rows of a table with integer keys."""
        if table not in self._tables:
            return
        rows: list[tuple[object, ...]] = []
        for read in cells_of_table(self._damaged, table):
            row = self._row(table, read)
            if row:
                rows.append(row)
            if len(rows) == ROWS_AT_ONCE:
                insert_rows(self._whole, table, rows)
                rows = []
        insert_rows(self._whole, table, rows)

    def vectors(self) -> None:
        """Copy the vectors, unchecked. ``repair.py`` checks them."""
        if "vector" not in self._tables:
            return
        for node, value in vector_rows(self._damaged):
            insert_vector(self._whole, node, value)

    def of_node(self, table: str, node: int) -> list[tuple[object, ...]]:
        """Return the readable rows of ``node`` in ``table``, which is ``link`` or ``name``."""
        if table not in self._tables:
            return []
        try:
            rows = [self._row(table, row) for row in cells_of_node(self._damaged, table, node)]
        except SanderlingError:
            # The damage is reported already; an ingest of the document finds its links again.
            return []
        return [row for row in rows if row]

    def finish(self) -> None:
        """Mark the documents with mended rows, so that the next ingest reads their files again."""
        count_lost_lengths(self._whole)
        # A file of format 2 has none of these words, and a mended node has lost them.
        write_beside(self._whole.database)
        forget_content(self._whole, self._again)

    def said(self) -> list[str]:
        """Return one sentence per table with mended or lost rows."""
        mended = [f"{count} rows of {table} were mended" for table, count in self._mended.items()]
        return mended + [
            f"{count} rows of {table} could not be and were left out" for table, count in self._lost.items()
        ]

    def _row(self, table: str, read: tuple[Any, ...]) -> tuple[object, ...] | None:
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
