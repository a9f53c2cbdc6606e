"""Rows written into a new memory from what was salvaged of a damaged one. Call all of it inside ``store.write()``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import cells
from .store import Store


def check_foreign_keys(store: Store, on: bool) -> None:
    """Let SQLite refuse rows that point at missing rows, or not. Call outside transactions, where alone it works."""
    store.database.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def insert_meta(store: Store, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert (key, value) into ``meta``, but for what describes the vectors, which the new memory has already."""
    insert = "INSERT OR REPLACE INTO meta(key, value) SELECT ?1, ?2 WHERE ?1 NOT IN ('embedder_id', 'dim')"
    store.database.run_many(insert, list(rows))


def insert_rows(store: Store, table: str, rows: list[tuple[object, ...]]) -> None:
    """Insert rows with all columns of ``table``, except those that break a rule of the table."""
    names = [column.name for column in cells.COLUMNS[table]]
    insert = f"INSERT OR IGNORE INTO {table}({', '.join(names)}) VALUES({', '.join('?' * len(names))})"
    store.database.run_many(insert, rows)


def insert_vector(store: Store, node: int, value: bytes) -> None:
    """Insert the bytes of one vector, whatever is in them."""
    store.database.execute("INSERT OR IGNORE INTO vector(node, value) VALUES(?, ?)", (node, value))


def node_texts(store: Store) -> list[tuple[int, str, int | None]]:
    """Return (key, text, document) of all nodes; the document is None for a node without one."""
    return store.database.execute("SELECT key, text, document FROM node")


def count_lost_lengths(store: Store) -> None:
    """Set the node count of each document whose count was lost (below 0) to the number of its nodes."""
    counted = "(SELECT count(*) FROM node WHERE document = document.key)"
    store.database.execute(f"UPDATE document SET node_count = {counted} WHERE node_count < 0")


def forget_content(store: Store, documents: Iterable[object]) -> None:
    """Empty the content hash of ``documents``, so that the next ingest reads their files again."""
    store.database.run_many("UPDATE document SET content_hash = '' WHERE key = ?", [(key,) for key in documents])
