"""Reads and writes vectors for search on the hub.

They are in the table ``piece`` where pgvector is installed, else those stored with the units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...records import Vectors
from ..unit import UnitKey
from .space import Space

ROWS_AT_ONCE = 500


class Near(NamedTuple):
    """A found node: the unit, the position in the unit, and the cosine with the question."""

    key: UnitKey
    position: int
    cosine: float


def delete(space: Space, keys: Sequence[UnitKey]) -> None:
    """Delete the vectors of ``keys``."""
    space.connection.execute(
        "DELETE FROM sanderling.piece WHERE space = %s AND key = ANY(%s)", (space.name, [key.digest for key in keys])
    )


def add(space: Space, rows: Sequence[tuple[UnitKey, int, str, str]]) -> None:
    """Add vectors to the table ``piece``. ``rows``: (unit, position, embedder, vector as pgvector writes it)."""
    if not rows:
        return
    execute = space.connection.execute
    # By way of a table of its own: no COPY goes into one with row-level security.
    execute("CREATE TEMP TABLE IF NOT EXISTS incoming_piece (LIKE sanderling.piece) ON COMMIT DELETE ROWS")
    with space.connection.cursor().copy("COPY incoming_piece FROM STDIN") as copy:
        for key, position, embedder, vector in rows:
            copy.write_row((space.name, key.digest, position, embedder, vector))
    execute("INSERT INTO sanderling.piece SELECT * FROM incoming_piece")


def nearest(space: Space, embedder: str, question: Vectors, k: int) -> list[Near]:
    """Find the ``k`` nodes nearest to ``question`` with pgvector, nearest first.

    ``question``: float32[dim]. Inside a transaction.
    """
    from psycopg import sql

    dim = len(question)
    execute = space.connection.execute
    (schema,) = execute(
        "SELECT n.nspname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'vector'"
    ).fetchone() or ("sanderling",)
    execute("SELECT set_config('hnsw.ef_search', %s, true)", (str(max(40, min(1000, 4 * k))),))
    # With a filter by space the graph is walked on until enough rows pass; pgvector 0.8.
    execute("SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true)")
    vector_type = sql.Identifier(schema, "vector")
    operator = sql.SQL("OPERATOR({}.<=>)").format(sql.Identifier(schema))
    # The outer query reads each unit's kind and name for the found rows alone.
    statement = sql.SQL(
        "SELECT u.kind, u.name, f.position, 1 - f.distance FROM ("
        "SELECT key, position, embedding::{type}({dim}) {op} %s::{type}({dim}) AS distance FROM sanderling.piece "
        "WHERE space = %s AND embedder = {embedder} ORDER BY embedding::{type}({dim}) {op} %s::{type}({dim}) LIMIT %s"
        ") f JOIN sanderling.unit u ON u.space = %s AND u.key = f.key ORDER BY f.distance"
    ).format(type=vector_type, dim=sql.Literal(dim), op=operator, embedder=sql.Literal(embedder))
    written = f"[{','.join(map(repr, question.tolist()))}]"
    rows = execute(statement, (written, space.name, written, k, space.name))
    return [Near(UnitKey(kind, name), position, float(cosine)) for kind, name, position, cosine in rows]


def kept(space: Space, embedder: str) -> Iterator[tuple[UnitKey, bytes]]:
    """Yield each unit that has vectors of ``embedder``, with those vectors. Inside a transaction."""
    with space.connection.cursor(name="vectors", binary=True) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(
            "SELECT kind, name, vectors FROM sanderling.unit WHERE space = %s AND embedder = %s AND fingerprint <> ''",
            (space.name, embedder),
        )
        for kind, name, vectors in cursor:
            yield UnitKey(kind, name), vectors
