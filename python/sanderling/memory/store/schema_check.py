"""A memory file has the schema of ``schema.py`` and no other: asked before anything else is read of it."""

from __future__ import annotations

from ...disk.sqlite_schema import differences
from . import schema
from .database import Damaged, Database


def require_ours(database: Database, version: int = schema.SCHEMA_VERSION) -> None:
    """Raise Damaged unless a file has the schema of format ``version``."""
    found = differences(database.execute, script_of(version))
    if found:
        raise Damaged(database.path, *found)


def script_of(version: int) -> str:
    """Return the statements that make a memory of a format."""
    return schema.TABLES if version > 1 else schema.TABLES.replace(schema.NAMES, "")
