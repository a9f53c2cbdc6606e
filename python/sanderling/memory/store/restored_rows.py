"""Write the rows salvaged from a damaged memory into a new one. Most functions need an open ``store.write()``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import cells
from .store import Store


def check_foreign_keys(store: Store, on: bool) -> None:
    """Set whether SQLite refuses rows that point at missing rows.

    Call outside transactions: inside, it has no effect.
    """
    store.database.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def insert_meta(store: Store, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert (key, value) rows into ``meta``, except ``embedder_id`` and ``dim``: the new memory has its own."""
    insert = "INSERT OR REPLACE INTO meta(key, value) SELECT ?1, ?2 WHERE ?1 NOT IN ('embedder_id', 'dim')"
    store.database.run_many(insert, list(rows))


def insert_rows(store: Store, table: str, rows: list[tuple[object, ...]]) -> None:
    """Insert rows that have all columns of ``table``, skipping rows that break a constraint of the table."""
    names = [column.name for column in cells.COLUMNS[table]]
    insert = f"INSERT OR IGNORE INTO {table}({', '.join(names)}) VALUES({', '.join('?' * len(names))})"
    store.database.run_many(insert, rows)


def insert_vector(store: Store, node: int, value: bytes) -> None:
    """Insert the bytes of one vector without checking them."""
    store.database.execute("INSERT OR IGNORE INTO vector(node, value) VALUES(?, ?)", (node, value))


def node_texts(store: Store) -> list[tuple[int, str, int | None]]:
    """Return (key, text, document) of each node; the document is None if the node has none."""
    return store.database.execute("SELECT key, text, document FROM node")


def count_lost_lengths(store: Store) -> None:
    """Count the nodes of each document whose node count was lost (is below 0), and store the number."""
    counted = "(SELECT count(*) FROM node WHERE document = document.key)"
    store.database.execute(f"UPDATE document SET node_count = {counted} WHERE node_count < 0")


def forget_content(store: Store, documents: Iterable[object]) -> None:
    """Clear the content hash of each of ``documents``, so that the next ingest reads its file again."""
    store.database.run_many("UPDATE document SET content_hash = '' WHERE key = ?", [(key,) for key in documents])
