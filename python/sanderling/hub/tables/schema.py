"""The hub's tables, in the schema ``sanderling`` of a PostgreSQL database.

Each row belongs to a space, and row-level security shows a role the rows of its own spaces alone. A unit has one
row, with its newest version; ``xid`` is the transaction that wrote it, by which readers know how far they have read:
the rows of every transaction below ``pg_snapshot_xmin(pg_current_snapshot())`` are there for good, while a sequence
number may still appear below one that was seen.
"""

from __future__ import annotations

from typing import NamedTuple

from ...errors import HubError, UsageError
from ..connect import Connection

FORMAT = 1
DEFAULT_SPACE = "notes"
MAX_INDEXED_DIM = 2000
"""Maximum dimension of a vector in pgvector's HNSW index."""

_TABLES = """
CREATE SCHEMA IF NOT EXISTS sanderling;
CREATE TABLE IF NOT EXISTS sanderling.hub (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    format integer NOT NULL
);
CREATE TABLE IF NOT EXISTS sanderling.member (
    space text NOT NULL,
    role name NOT NULL,
    PRIMARY KEY (space, role)
);
-- An empty fingerprint: the unit was deleted, and the row is the tombstone.
CREATE TABLE IF NOT EXISTS sanderling.unit (
    space text NOT NULL,
    key bytea NOT NULL,
    kind text NOT NULL CHECK (kind IN ('document', 'note', 'edge')),
    name text NOT NULL,
    time double precision NOT NULL,
    origin uuid NOT NULL,
    fingerprint bytea NOT NULL,
    domains text[] NOT NULL,
    tags text[] NOT NULL,
    embedder text NOT NULL,
    nodes integer NOT NULL,
    payload bytea NOT NULL,
    vectors bytea NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    pushed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (space, key)
);
CREATE INDEX IF NOT EXISTS unit_xid ON sanderling.unit (space, xid);
CREATE TABLE IF NOT EXISTS sanderling.conflict (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space text NOT NULL,
    key bytea NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    time double precision NOT NULL,
    origin uuid NOT NULL,
    fingerprint bytea NOT NULL,
    payload bytea NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (space, key, fingerprint)
);
CREATE TABLE IF NOT EXISTS sanderling.device (
    space text NOT NULL,
    origin uuid NOT NULL,
    name text NOT NULL,
    pushed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (space, origin)
);
-- Edges that ingest draws, of a memory with exactly the documents of which digest is the digest.
CREATE TABLE IF NOT EXISTS sanderling.drawn (
    space text NOT NULL,
    digest bytea NOT NULL,
    edges bytea NOT NULL,
    pushed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (space, digest)
);
"""
_PIECES = """
CREATE TABLE IF NOT EXISTS sanderling.piece (
    space text NOT NULL,
    key bytea NOT NULL,
    position integer NOT NULL,
    embedder text NOT NULL,
    embedding {type} NOT NULL,
    PRIMARY KEY (space, key, position)
);
"""
_TABLES_OF_SPACES = ("unit", "conflict", "device", "drawn")


class Made(NamedTuple):
    """The result of ``hub init``."""

    space: str
    role: str
    searches: bool
    """Whether the hub can search with pgvector."""
    note: str
    """Why pgvector cannot be used, or what is left to do; may be empty."""


def init(connection: Connection, space: str, role: str, embedder: str, dim: int) -> Made:
    """Create the missing tables, and let ``role`` use ``space``.

    Run it again for each space, role and embedder. ``role`` empty: that of the connection; one that does not exist is
    made, without a password. ``embedder``, ``dim``: of the memory whose vectors the hub indexes, where pgvector is; 0:
    none. Raises HubError, UsageError.
    """
    if not space.strip() or "\0" in space or len(space) > 200:
        raise UsageError("a space has a name of 1 to 200 characters")
    if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
        raise HubError(f"the database is in {encoding}: make one with  createdb --encoding UTF8 --template template0")
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(7227421)")  # two inits at once would meet in the catalogue
        connection.execute(_TABLES)
        connection.execute("INSERT INTO sanderling.hub(format) VALUES (%s) ON CONFLICT DO NOTHING", (FORMAT,))
        (me,) = connection.execute("SELECT current_user::text").fetchone() or ("",)
        role = role or me
        note = _role(connection, role)
        vector, why = _extension(connection)
        tables = list(_TABLES_OF_SPACES)
        if vector:
            connection.execute(_PIECES.format(type=f"{vector}.vector"))
            tables.append("piece")
        _protect(connection, tables)
        _grant(connection, role, tables)
        connection.execute("INSERT INTO sanderling.member VALUES (%s, %s) ON CONFLICT DO NOTHING", (space, role))
        if vector and 0 < dim <= MAX_INDEXED_DIM:
            _index(connection, vector, embedder, dim)
    return Made(space, role, bool(vector), "; ".join(part for part in (note, why) if part))


def _role(connection: Connection, role: str) -> str:
    from psycopg import sql

    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
        return ""
    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    return f"the role {role} was made without a password: set one with psql's \\password"


def _extension(connection: Connection) -> tuple[str, str]:
    """Return pgvector's schema, after installing pgvector if that is allowed. Otherwise "" and the reason."""
    import psycopg

    where = (
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'"
    )
    if found := connection.execute(where).fetchone():
        return str(found[0]), ""
    if not connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone():
        return "", "without the extension pgvector, searches on the hub read all vectors"
    try:
        with connection.transaction():
            connection.execute("CREATE EXTENSION vector SCHEMA sanderling")
    except psycopg.errors.InsufficientPrivilege:
        return "", "searches on the hub read all vectors until a superuser runs  CREATE EXTENSION vector"
    return "sanderling", ""


def _protect(connection: Connection, tables: list[str]) -> None:
    # Forced, so that it holds for the owner as well; only superusers see everything.
    own = "space IN (SELECT m.space FROM sanderling.member m WHERE m.role = current_user)"
    for table in tables:
        connection.execute(f"ALTER TABLE sanderling.{table} ENABLE ROW LEVEL SECURITY")
        connection.execute(f"ALTER TABLE sanderling.{table} FORCE ROW LEVEL SECURITY")
        connection.execute(f"DROP POLICY IF EXISTS own_spaces ON sanderling.{table}")
        connection.execute(f"CREATE POLICY own_spaces ON sanderling.{table} USING ({own}) WITH CHECK ({own})")
    connection.execute("ALTER TABLE sanderling.member ENABLE ROW LEVEL SECURITY")
    connection.execute("DROP POLICY IF EXISTS own_rows ON sanderling.member")
    connection.execute("CREATE POLICY own_rows ON sanderling.member FOR SELECT USING (role = current_user)")


def _grant(connection: Connection, role: str, tables: list[str]) -> None:
    from psycopg import sql

    name = sql.Identifier(role)
    listed = sql.SQL(", ").join(sql.Identifier("sanderling", table) for table in tables)
    for statement in (
        "GRANT USAGE ON SCHEMA sanderling TO {role}",
        "GRANT SELECT ON sanderling.hub, sanderling.member TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {role}",
    ):
        connection.execute(sql.SQL(statement).format(role=name, tables=listed))


def _index(connection: Connection, schema: str, embedder: str, dim: int) -> None:
    from hashlib import sha256

    from psycopg import sql

    name = f"piece_{sha256(f'{embedder} {dim}'.encode()).hexdigest()[:16]}"
    connection.execute(
        sql.SQL(
            "CREATE INDEX IF NOT EXISTS {name} ON sanderling.piece USING hnsw "
            "((embedding::{vector}({dim})) {operators}) WHERE embedder = {embedder}"
        ).format(
            name=sql.Identifier(name),
            vector=sql.Identifier(schema, "vector"),
            dim=sql.Literal(dim),
            operators=sql.Identifier(schema, "vector_cosine_ops"),
            embedder=sql.Literal(embedder),
        )
    )
