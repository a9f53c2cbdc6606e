"""The schema of a memory file compared with ours, before anything it defines is read or run.

A file names its own tables, views and triggers, and SQLite does what they say: a view called ``meta`` may have no end,
a trigger may delete what an ingest adds. So a memory has exactly the objects of ``schema.py``, word for word, and
nothing else. Ours are not listed here a second time: they are what the same statements make in an empty database.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from typing import NamedTuple

from . import schema
from .database import Damaged, Database

# As bytes, since a crafted file may hold what is no text.
_OBJECTS = "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB) FROM sqlite_master"


class Object(NamedTuple):
    """A row of ``sqlite_master``, without the page it is on."""

    type: str
    name: str
    table: str
    sql: str
    """With single spaces; "" for an index that SQLite makes by itself."""

    def __str__(self) -> str:
        """Return what an error calls it."""
        return f"{self.type} {self.name!r}"


# What SQLite itself adds when somebody runs ANALYZE: numbers for its planner.
_STATISTICS = (
    Object("table", "sqlite_stat1", "sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat)"),
    Object("table", "sqlite_stat4", "sqlite_stat4", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"),
)


def require_ours(database: Database, version: int = schema.SCHEMA_VERSION) -> None:
    """Raise Damaged unless a file has the schema of format ``version``."""
    found = problems(database, version)
    if found:
        raise Damaged(database.path, *found)


def problems(database: Database, version: int = schema.SCHEMA_VERSION) -> tuple[str, ...]:
    """Return in what a file's schema differs from ours, in words."""
    encoding = database.execute("PRAGMA encoding")[0][0]
    if encoding != "UTF-8":
        return (f"its texts are kept as {encoding}",)
    ours = objects(version)
    # More than all of ours is foreign in any case; a file may hold millions.
    rows = database.execute(f"{_OBJECTS} LIMIT ?", (2 * len(ours),))
    found = [_object(row) for row in rows]
    known = {each.name: each for each in ours}
    said = []
    for each in found:
        own = known.pop(each.name, None)
        if own is None and each not in _STATISTICS:
            said.append(f"{each} is not of a memory")
        elif own is not None and own != each:
            said.append(f"{each} is not as it was made")
    said += [f"{each} is missing" for each in known.values()]
    return tuple(said)


@cache
def objects(version: int) -> tuple[Object, ...]:
    """Return what a memory of a format consists of."""
    tables = schema.TABLES if version >= 2 else schema.TABLES.replace(schema.NAMES, "")
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(tables)
        return tuple(_object(row) for row in connection.execute(_OBJECTS))
    finally:
        connection.close()


def _object(row: tuple[bytes | None, ...]) -> Object:
    return Object(*(" ".join((cell or b"").decode(errors="replace").split()) for cell in row))
