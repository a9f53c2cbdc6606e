"""Read and write the table ``meta``, the named properties of a memory."""

from __future__ import annotations

from .database import Database


def get(database: Database, key: str) -> str:
    """Return the value of ``key``; "" if it is unset."""
    rows = database.execute("SELECT value FROM meta WHERE key = ?", (key,))
    return str(rows[0][0]) if rows else ""


def put(database: Database, key: str, value: str) -> None:
    """Set ``key`` to ``value``. Call inside a writing transaction."""
    database.execute(
        "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = ?2", (key, value)
    )
