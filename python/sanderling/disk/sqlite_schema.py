"""Compare a SQLite file's schema with the expected one, before the file's views or triggers can run.

A file defines its own tables, views and triggers, and SQLite runs them: a view may never end, a trigger may delete what
is added. So a file must have exactly the expected objects, word for word, and no others. The expected ones are those
that the same statements create in an empty database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple


class Object(NamedTuple):
    """A table, index, view or trigger of a database. It is one row of ``sqlite_master``."""

    type: str
    name: str
    table: str
    sql: str
    """Statement with single spaces; "" for an index that SQLite creates by itself."""

    def __str__(self) -> str:
        """Return the type and name, for error messages."""
        return f"{self.type} {self.name!r}"


# As bytes, since a crafted file may hold invalid text.
_OBJECTS = "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB) FROM sqlite_master"
# Statistics for the planner, which SQLite adds when somebody runs ANALYZE.
_STATISTICS = (
    Object("table", "sqlite_stat1", "sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat)"),
    Object("table", "sqlite_stat4", "sqlite_stat4", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"),
)


def differences(execute: Callable[[str], Iterable[tuple[Any, ...]]], script: str) -> tuple[str, ...]:
    """Describe each difference between the schema of a file and the schema that ``script`` creates.

    ``execute`` runs SQL on the file.
    """
    ((encoding,),) = execute("PRAGMA encoding")
    if encoding != "UTF-8":
        return (f"its texts are kept as {encoding}",)
    ours = {each.name: each for each in objects(script)}
    differing: list[str] = []
    # Twice as many as expected are enough; a file may hold millions.
    for found in execute(f"{_OBJECTS} LIMIT {2 * len(ours) + 1}"):
        each = _object(found)
        own = ours.pop(each.name, None)
        if own is None and each not in _STATISTICS:
            differing.append(f"{each} is not one of ours")
        elif own is not None and own != each:
            differing.append(f"{each} is not as it was made")
    differing += [f"{each} is missing" for each in ours.values()]
    return tuple(differing)


@cache
def objects(script: str) -> tuple[Object, ...]:
    """Return the objects that a script creates in an empty database."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(script)
        return tuple(_object(found) for found in connection.execute(_OBJECTS))
    finally:
        connection.close()


def _object(found: tuple[bytes | None, ...]) -> Object:
    return Object(*(" ".join((cell or b"").decode(errors="replace").split()) for cell in found))
