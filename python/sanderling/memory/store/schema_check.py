"""Refuse a memory file unless its schema is exactly the expected one, before reading anything else.

``schema.py`` states it.
"""

from __future__ import annotations

from ...disk.sqlite_schema import differences
from . import schema
from .database import Damaged, Database


def require_ours(database: Database, version: int = schema.SCHEMA_VERSION) -> None:
    """Raise Damaged unless the file has exactly the schema of format ``version``."""
    found = differences(database.execute, script_of(version))
    if found:
        raise Damaged(database.path, *found)


def script_of(version: int) -> str:
    """Return the SQL statements that create a memory of format ``version``."""
    script = schema.TABLES
    if version < 3:
        script = (
            script.replace(schema.ADDED, "").replace(schema.TIMES, "").replace(schema.FULL_TEXT, schema.FULL_TEXT_2)
        )
    return script if version > 1 else script.replace(schema.NAMES, "")
