"""Reads and writes a space's rows: units, versions and conflict copies."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..unit import UnitKey, Version
from .space import Space

AT_ONCE = 200
"""Number of rows whose payloads are read or written together."""
_COLUMNS = (
    "key",
    "kind",
    "name",
    "time",
    "origin",
    "fingerprint",
    "domains",
    "tags",
    "embedder",
    "nodes",
    "payload",
    "vectors",
)
_TYPES = ("bytea", "text", "text", "float8", "uuid", "bytea", "text[]", "text[]", "text", "int4", "bytea", "bytea")


class Sent(NamedTuple):
    """A unit to be sent to the hub."""

    key: UnitKey
    version: Version
    domains: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    embedder: str = ""
    nodes: int = 0
    payload: bytes = b""
    vectors: bytes = b""


class Head(NamedTuple):
    """A row of the hub without its content."""

    key: UnitKey
    version: Version
    domains: tuple[str, ...]
    tags: tuple[str, ...]


class Got(NamedTuple):
    """The content of a row of the hub."""

    key: UnitKey
    version: Version
    embedder: str
    payload: bytes
    vectors: bytes


class Copy(NamedTuple):
    """A conflict copy: a version that lost to another."""

    id: int
    key: UnitKey
    time: float
    origin: str
    found_at: str


def heads(space: Space, since: int) -> Iterator[Head]:
    """Yield the rows written by transaction ``since`` and by later transactions. Inside a transaction."""
    with space.connection.cursor(name="heads", binary=True) as cursor:
        cursor.itersize = 5000
        cursor.execute(
            "SELECT kind, name, time, origin::text, fingerprint, domains, tags FROM sanderling.unit "
            "WHERE space = %s AND xid >= %s::text::xid8 ORDER BY key",
            (space.name, str(since)),
        )
        for kind, name, time, origin, fingerprint, domains, tags in cursor:
            yield Head(UnitKey(kind, name), Version(time, origin, fingerprint), tuple(domains), tuple(tags))


def contents(space: Space, keys: Sequence[UnitKey]) -> Iterator[Got]:
    """Yield the present version and content of the units ``keys``.

    Absent units are left out. They come in batches from the server.
    """
    for first in range(0, len(keys), AT_ONCE):
        digests = [key.digest for key in keys[first : first + AT_ONCE]]
        rows = space.connection.cursor(binary=True).execute(
            "SELECT kind, name, time, origin::text, fingerprint, embedder, payload, vectors FROM sanderling.unit "
            "WHERE space = %s AND key = ANY(%s)",
            (space.name, digests),
        )
        for kind, name, time, origin, fingerprint, *content in rows:
            yield Got(UnitKey(kind, name), Version(time, origin, fingerprint), *content)


def fill(space: Space, sent: Sequence[Sent]) -> None:
    """Copy ``sent`` into the table ``incoming``. The transaction empties the table at its end."""
    execute = space.connection.execute
    execute("CREATE TEMP TABLE IF NOT EXISTS incoming (LIKE sanderling.unit) ON COMMIT DELETE ROWS")
    execute("ALTER TABLE incoming ALTER COLUMN xid DROP NOT NULL, ALTER COLUMN space DROP NOT NULL")
    execute("ALTER TABLE incoming ALTER COLUMN pushed_at DROP NOT NULL")
    with space.connection.cursor().copy(f"COPY incoming({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(_TYPES)
        for each in sent:
            copy.write_row(_row(each))


def add_new(space: Space) -> set[UnitKey]:
    """Add the rows of ``incoming`` that the space lacks, and return the added keys."""
    columns = ", ".join(_COLUMNS)
    # In the order of the keys, so that two devices wait for each other in one direction.
    added = space.connection.execute(
        f"INSERT INTO sanderling.unit(space, {columns}) SELECT %s, {columns} FROM incoming ORDER BY key "
        "ON CONFLICT DO NOTHING RETURNING kind, name",
        (space.name,),
    )
    return {UnitKey(kind, name) for kind, name in added}


def locked(space: Space) -> dict[UnitKey, Version]:
    """Lock the present rows of the units in ``incoming``, and return the versions in those rows.

    The lock holds until the transaction ends.
    """
    rows = space.connection.cursor(binary=True).execute(
        "SELECT u.kind, u.name, u.time, u.origin::text, u.fingerprint "
        "FROM sanderling.unit u JOIN incoming i USING (key) WHERE u.space = %s ORDER BY u.key FOR UPDATE OF u",
        (space.name,),
    )
    return {UnitKey(kind, name): Version(*version) for kind, name, *version in rows}


def replace(space: Space, keys: Iterable[UnitKey]) -> None:
    """Replace the rows ``keys`` with the rows of the same keys in ``incoming``."""
    settings = ", ".join(f"{name} = i.{name}" for name in _COLUMNS[3:])
    space.connection.execute(
        f"UPDATE sanderling.unit u SET {settings}, xid = pg_current_xact_id(), pushed_at = now() "
        "FROM incoming i WHERE u.space = %s AND u.key = i.key AND u.key = ANY(%s)",
        (space.name, [key.digest for key in keys]),
    )


def keep_copies(space: Space, keys: Iterable[UnitKey], *, incoming: bool) -> None:
    """Store conflict copies of the units ``keys``.

    Of their present rows, or with ``incoming`` of those there. Tombstones and edges are left out.
    """
    columns = "key, kind, name, time, origin, fingerprint, payload"
    table, where = ("incoming", "%s::text IS NOT NULL") if incoming else ("sanderling.unit", "space = %s")
    space.connection.execute(
        f"INSERT INTO sanderling.conflict(space, {columns}) SELECT %s, {columns} FROM {table} "
        f"WHERE {where} AND key = ANY(%s) AND fingerprint <> '' AND kind <> 'edge' ON CONFLICT DO NOTHING",
        (space.name, space.name, [key.digest for key in keys]),
    )


def copies(space: Space) -> list[Copy]:
    """Return all conflict copies, newest first."""
    rows = space.connection.execute(
        "SELECT id, kind, name, time, origin::text, "
        "to_char(found_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
        "FROM sanderling.conflict WHERE space = %s ORDER BY id DESC",
        (space.name,),
    )
    return [Copy(id_, UnitKey(kind, name), time, origin, found) for id_, kind, name, time, origin, found in rows]


def copy_of(space: Space, id: int) -> tuple[UnitKey, bytes] | None:
    """Return the unit and the payload of a conflict copy, or None."""
    row = space.connection.execute(
        "SELECT kind, name, payload FROM sanderling.conflict WHERE space = %s AND id = %s", (space.name, id)
    ).fetchone()
    return None if row is None else (UnitKey(row[0], row[1]), row[2])


def forget_copy(space: Space, id: int) -> bool:
    """Delete a conflict copy, and return whether it existed."""
    done = space.connection.execute("DELETE FROM sanderling.conflict WHERE space = %s AND id = %s", (space.name, id))
    return bool(done.rowcount > 0)


def drawn(space: Space, digest: bytes) -> bytes | None:
    """Return the drawn edges stored under ``digest``, or None.

    They were drawn in a memory whose documents have this digest.
    """
    sql = "SELECT edges FROM sanderling.drawn WHERE space = %s AND digest = %s"
    row = space.connection.cursor(binary=True).execute(sql, (space.name, digest)).fetchone()
    return None if row is None else row[0]


def put_drawn(space: Space, digest: bytes, edges: bytes) -> None:
    """Store drawn edges under ``digest``, replacing all others.

    They were drawn in a memory whose documents have this digest.
    """
    with space.connection.transaction():
        space.connection.execute("DELETE FROM sanderling.drawn WHERE space = %s", (space.name,))
        space.connection.execute(
            "INSERT INTO sanderling.drawn(space, digest, edges) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (space.name, digest, edges),
        )


def forget_drawn(space: Space) -> None:
    """Delete the drawn edges that devices pushed. The next pull then draws edges itself."""
    space.connection.execute("DELETE FROM sanderling.drawn WHERE space = %s", (space.name,))


def _row(sent: Sent) -> tuple[Any, ...]:
    version = sent.version
    return (
        *(sent.key.digest, *sent.key, version.time, uuid.UUID(version.origin), version.fingerprint),
        *(list(sent.domains), list(sent.tags), sent.embedder, sent.nodes, sent.payload, sent.vectors),
    )
