"""Read rows from a damaged SQLite file by ranges of keys. Only plain tables with the expected columns are read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

from ...embedding.contract import embedded_head
from ...errors import SanderlingError
from . import cells
from .database import Database
from .packed import packed_bytes

# A page that cannot be read costs about four attempts for each of its keys, some 20 µs each. Beyond this number the
# rest of a table is given up; a table whose end is damaged comes to it, since nothing says where its keys end.
MAX_ATTEMPTS = 50_000
_EMBEDDED = ("title", "names", "text")


def lock_for_replacement(damaged: Database) -> None:
    """Lock the file against all other processes, and merge its write-ahead log.

    Raises MemoryFileError if the file is in use.
    """
    damaged.execute("PRAGMA locking_mode = EXCLUSIVE")
    damaged.execute("PRAGMA journal_mode = DELETE")


def pages_are_damaged(database: Database) -> bool:
    """Whether SQLite finds damage outside the full-text index."""
    found = database.execute("PRAGMA integrity_check")
    # Later versions of SQLite check the full-text index here too, which can be rebuilt where it stands.
    return any(row[0] != "ok" and "fts5" not in row[0].lower() for row in found)


def is_table(damaged: Database, table: str) -> bool:
    """Whether ``table`` is a plain table with the columns of this or an earlier format.

    Reading such a table ends, and runs no SQL from the file.
    """
    columns = [column.name for column in cells.COLUMNS.get(table, ())] or ["node", "value"]
    expected = set(columns) - set(cells.LATER_COLUMNS.get(table, ()))
    try:
        plain = damaged.execute(
            # A view has no page, nor has a virtual table; the type may be a lie, the SQL is what counts.
            "SELECT 1 FROM sqlite_master WHERE name = ? AND rootpage > 0 AND sql LIKE 'CREATE TABLE%'",
            (table,),
        )
        return bool(plain) and not _missing(damaged, table, expected)
    except SanderlingError:
        return False


def _missing(damaged: Database, table: str, columns: Collection[str]) -> set[str]:
    """Return those of ``columns`` that ``table`` lacks or hides."""
    listed = ", ".join("?" * len(columns))
    there = f"SELECT name FROM pragma_table_xinfo('{table}') WHERE hidden = 0 AND name IN ({listed})"
    return set(columns) - {name for (name,) in damaged.execute(there, tuple(columns))}


def readable_rows(database: Database, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield all readable rows of a table, perhaps some twice.

    The first of ``columns`` must be the table's key.
    """
    ranges = [(0, cells.MAX_KEY)]
    attempts = 0
    while ranges and attempts < MAX_ATTEMPTS:
        low, high = ranges.pop()
        try:
            for row in _between(database, table, columns, low, high, "ASC"):
                low = max(low, row[0] + 1)
                yield row
            continue
        except SanderlingError:
            attempts += 1
        try:
            for row in _between(database, table, columns, low, high, "DESC"):
                high = min(high, row[0] - 1)
                yield row
            continue
        except SanderlingError:
            attempts += 1
        # Both ends are unreadable: look between them.
        if low < high:
            middle = (low + high) // 2
            ranges += [(middle + 1, high), (low, middle)]


def _between(
    database: Database, table: str, columns: str, low: int, high: int, order: str
) -> Iterator[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM {table} WHERE rowid BETWEEN ? AND ? ORDER BY rowid {order}"
    # One at a time, so that an error costs no row that was read before it.
    for (row,) in database.batches(sql, (low, high), 1):
        yield row


def cells_of_table(damaged: Database, table: str) -> Iterator[tuple[Any, ...]]:
    """Yield the readable rows of a table with integer keys, for :func:`.cells.row`."""
    missing = _missing(damaged, table, cells.LATER_COLUMNS.get(table, ()))
    for _, *read in readable_rows(damaged, table, f"rowid, {cells.expressions(table, missing)}"):
        yield tuple(read)


def cells_of_all(damaged: Database, table: str) -> list[tuple[Any, ...]]:
    """Return all rows of a table, for :func:`.cells.row`.

    Raises MemoryFileError if a page is lost.
    """
    return damaged.execute(f"SELECT {cells.expressions(table)} FROM {table} ")


def cells_of_node(damaged: Database, table: str, node: int) -> list[tuple[Any, ...]]:
    """Return the rows of ``node`` in a table.

    Form and errors are those of :func:`cells_of_all`.
    """
    return damaged.execute(f"SELECT {cells.expressions(table)} FROM {table} WHERE node = ?", (node,))


def vector_rows(damaged: Database) -> Iterator[tuple[int, bytes]]:
    """Yield (node, bytes) of each readable vector, whatever its length. A cell that is not a blob is no vector."""
    for node, value in readable_rows(damaged, "vector", "rowid, CASE typeof(value) WHEN 'blob' THEN value END"):
        if value is not None:
            yield node, value


def vector_lengths(database: Database) -> Iterator[int]:
    """Yield the byte length of each readable vector; 0 for a cell that is not a blob."""
    lengths = "rowid, CASE typeof(value) WHEN 'blob' THEN length(value) ELSE 0 END"
    return (length for _, length in readable_rows(database, "vector", lengths))


def has_nodes_or_none(damaged: Database) -> bool:
    """Whether a node can be read, or the node table is readable and empty.

    False if the nodes, or their table, are lost.
    """
    if not is_table(damaged, "node"):
        return False
    with suppress(SanderlingError):
        return next(readable_rows(damaged, "node", "rowid"), None) is not None or not damaged.execute(
            "SELECT 1 FROM node LIMIT 1"
        )
    return False


def embedded_pairs(damaged: Database, dim: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield (head, text, vector) of each readable node whose vector has ``dim`` numbers.

    The head is what was embedded before the text: title and names.
    """
    if not (is_table(damaged, "node") and is_table(damaged, "vector")):
        return
    missing = _missing(damaged, "node", cells.LATER_COLUMNS["node"])
    texts = "rowid, " + ", ".join(
        "x''" if name in missing else f"CASE typeof({name}) WHEN 'text' THEN CAST({name} AS BLOB) END"
        for name in _EMBEDDED
    )
    encoding = cells.encoding_of(damaged)
    for key, title, names, text in readable_rows(damaged, "node", texts):
        with suppress(SanderlingError, UnicodeDecodeError, AttributeError):  # of another type, or not UTF-8: the next
            found = damaged.execute(
                "SELECT value FROM vector WHERE rowid = ? AND typeof(value) = 'blob' AND length(value) IN (?, ?)",
                (key, 4 * dim, packed_bytes(dim)),
            )
            for (value,) in found:
                head = embedded_head(title.decode(encoding), names.decode(encoding))
                yield head, text.decode(encoding), value
