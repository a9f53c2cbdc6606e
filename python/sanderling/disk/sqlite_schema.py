"""The schema of a SQLite file compared with the statements that should have made it, before anything it defines is run.

A file names its own tables, views and triggers, and SQLite does what they say: a view may have no end, a trigger may
delete what is added. So a file of ours has exactly our objects, word for word, and nothing else. They are not listed a
second time: they are what the same statements make in an empty database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple


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


# As bytes, since a crafted file may hold what is no text.
_OBJECTS = "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB) FROM sqlite_master"
# What SQLite itself adds when somebody runs ANALYZE: numbers for its planner.
_STATISTICS = (
    Object("table", "sqlite_stat1", "sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat)"),
    Object("table", "sqlite_stat4", "sqlite_stat4", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"),
)


def differences(execute: Callable[[str], Iterable[tuple[Any, ...]]], script: str) -> tuple[str, ...]:
    """Return in what a file's schema differs from what ``script`` makes, in words. ``execute`` runs SQL on the file."""
    ((encoding,),) = execute("PRAGMA encoding")
    if encoding != "UTF-8":
        return (f"its texts are kept as {encoding}",)
    ours = {each.name: each for each in objects(script)}
    said = []
    # More than twice ours says enough; a file may hold millions.
    for found in execute(f"{_OBJECTS} LIMIT {2 * len(ours) + 1}"):
        each = _object(found)
        own = ours.pop(each.name, None)
        if own is None and each not in _STATISTICS:
            said.append(f"{each} is not one of ours")
        elif own is not None and own != each:
            said.append(f"{each} is not as it was made")
    said += [f"{each} is missing" for each in ours.values()]
    return tuple(said)


@cache
def objects(script: str) -> tuple[Object, ...]:
    """Return what a script makes in an empty database."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(script)
        return tuple(_object(found) for found in connection.execute(_OBJECTS))
    finally:
        connection.close()


def _object(found: tuple[bytes | None, ...]) -> Object:
    return Object(*(" ".join((cell or b"").decode(errors="replace").split()) for cell in found))
