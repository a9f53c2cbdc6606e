"""Write the rows salvaged from a damaged memory into a new memory. Most functions need an open ``store.write()``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import cells
from .store import Store


def check_foreign_keys(store: Store, on: bool) -> None:
    """Set whether SQLite refuses rows that refer to missing rows.

    Call outside transactions: inside, it has no effect.
    """
    store.database.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def insert_meta(store: Store, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert (key, value) rows into ``meta``, except ``embedder_id`` and ``dim``. The new memory has its own."""
    insert = "INSERT OR REPLACE INTO meta(key, value) SELECT ?1, ?2 WHERE ?1 NOT IN ('embedder_id', 'dim')"
    store.database.run_many(insert, list(rows))


def insert_rows(store: Store, table: str, rows: list[tuple[object, ...]]) -> None:
    """Insert complete rows into ``table``, skipping rows that violate a constraint."""
    names = [column.name for column in cells.COLUMNS[table]]
    insert = f"INSERT OR IGNORE INTO {table}({', '.join(names)}) VALUES({', '.join('?' * len(names))})"
    store.database.run_many(insert, rows)


def insert_vector(store: Store, node: int, value: bytes) -> None:
    """Insert the bytes of one vector without checking them."""
    store.database.execute("INSERT OR IGNORE INTO vector(node, value) VALUES(?, ?)", (node, value))


def node_texts(store: Store) -> list[tuple[int, str, int | None]]:
    """Return (key, text, document) of each node; the document may be None."""
    return store.database.execute("SELECT key, text, document FROM node")


def count_lost_lengths(store: Store) -> None:
    """Restore the lost node counts of documents. A lost count is below 0."""
    counted = "(SELECT count(*) FROM node WHERE document = document.key)"
    store.database.execute(f"UPDATE document SET node_count = {counted} WHERE node_count < 0")


def forget_content(store: Store, documents: Iterable[object]) -> None:
    """Clear the content hash of each of ``documents``, so that the next ingest reads the document's file again."""
    store.database.run_many("UPDATE document SET content_hash = '' WHERE key = ?", [(key,) for key in documents])
