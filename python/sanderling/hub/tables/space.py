"""A space of the hub, opened by a database role.

It has an identity, devices, and rows up to the last finished transaction.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from ...errors import HubError
from ..connect import Connection
from .schema import FORMAT

TOMBSTONE_DAYS = 90
"""Number of days for which the hub keeps tombstones of deleted units.

A device that was away for longer compares everything.
"""


class Space(NamedTuple):
    """An opened space of a hub. The role may use it."""

    connection: Connection
    name: str
    hub: str
    """Id that tells this hub from any other. Also from one that a backup was restored into."""
    pieces: bool
    """Whether the hub stores vectors for search by pgvector."""


class Listed(NamedTuple):
    """A device that has pushed to the space."""

    origin: str
    name: str
    pushed_at: str


def opened(connection: Connection, name: str) -> Space:
    """Open the space ``name``. Raises HubError if there is no hub, or the role may not use the space."""
    found = connection.execute("SELECT id::text, format FROM sanderling.hub").fetchone()
    if found is None:
        raise HubError("there is no hub in this database: its owner makes one with  sanderling hub init")
    if found[1] != FORMAT:
        raise HubError(f"the hub has format {found[1]}, this sanderling knows {FORMAT}: use versions that agree")
    member = "SELECT 1 FROM sanderling.member WHERE space = %s AND role = current_user"
    if connection.execute(member, (name,)).fetchone() is None:
        spaces = [
            space for (space,) in connection.execute("SELECT space FROM sanderling.member WHERE role = current_user")
        ]
        known = f"you may use {', '.join(spaces)}" if spaces else "you may use none"
        raise HubError(
            f"no space {name} is open to {connection.info.user}: {known}; the owner opens one with  hub init"
        )
    (system,) = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone() or ("",)
    (pieces,) = connection.execute("SELECT to_regclass('sanderling.piece') IS NOT NULL").fetchone() or (False,)
    connection.execute("SET synchronous_commit = on")  # acknowledged means on the disk
    return Space(connection, name, f"{found[0]} {system}", bool(pieces))


@contextmanager
def snapshot(space: Space) -> Iterator[None]:
    """Open a read-only transaction in which all reads see one state of the hub."""
    with space.connection.transaction():
        space.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def horizon(space: Space) -> int:
    """Return the oldest transaction that may still be running.

    All rows of earlier ones are there for good. Inside :func:`snapshot`.
    """
    row = space.connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text").fetchone()
    assert row is not None
    return int(row[0])


def announce(space: Space, origin: str) -> None:
    """Record a push by the device ``origin``, and delete old tombstones."""
    space.connection.execute(
        "INSERT INTO sanderling.device(space, origin, name) VALUES (%s, %s, %s) "
        "ON CONFLICT (space, origin) DO UPDATE SET pushed_at = now(), name = excluded.name",
        (space.name, origin, socket.gethostname()[:100]),
    )
    space.connection.execute(
        "DELETE FROM sanderling.unit "
        "WHERE space = %s AND fingerprint = '' AND pushed_at < now() - make_interval(days => %s)",
        (space.name, TOMBSTONE_DAYS),
    )


def devices(space: Space) -> list[Listed]:
    """Return the devices that have pushed, the latest first."""
    rows = space.connection.execute(
        "SELECT origin::text, name, to_char(pushed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
        "FROM sanderling.device WHERE space = %s ORDER BY pushed_at DESC",
        (space.name,),
    )
    return [Listed(*row) for row in rows]


def counts(space: Space) -> dict[str, int]:
    """Return the numbers of documents, notes, edges, tombstones and nodes."""
    rows: list[Any] = space.connection.execute(
        "SELECT kind, count(*) FILTER (WHERE fingerprint <> ''), count(*) FILTER (WHERE fingerprint = ''), sum(nodes) "
        "FROM sanderling.unit WHERE space = %s GROUP BY kind",
        (space.name,),
    ).fetchall()
    found = {f"{kind}s": 0 for kind in ("document", "note", "edge")} | {f"{kind}s": there for kind, there, _, _ in rows}
    return {**found, "tombstones": sum(row[2] for row in rows), "nodes": sum(int(row[3] or 0) for row in rows)}


def clear(space: Space) -> None:
    """Delete everything in the space. Devices that exchange with it push their notes again only once they change."""
    tables = ("unit", "conflict", "device", "drawn", *(("piece",) if space.pieces else ()))
    with space.connection.transaction():
        for table in tables:
            space.connection.execute(f"DELETE FROM sanderling.{table} WHERE space = %s", (space.name,))
