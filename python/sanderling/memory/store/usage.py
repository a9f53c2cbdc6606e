"""Look up accepted answers and the notes they cite, and change the weights of edges at used and unused notes.

An accepted answer is a node of type ``memory`` with ``cites`` edges, ``created_by`` ``router``, to the notes it was
made from.
"""

from __future__ import annotations

from collections.abc import Iterable

from .database import Database
from .schema import RELATIONS

_CITING = (
    "FROM edge e JOIN node n ON n.key = e.src WHERE n.type = 'memory' AND e.created_by = 'router' "
    f"AND e.rel = {RELATIONS['cites']}"
)
_KNOWN = f"WITH used AS (SELECT e.dst {_CITING}), written AS (SELECT key FROM node WHERE document IS NULL)"
# At neither end a note that an answer cites; a written node's own citations, which are its sources, are kept.
_UNUSED = (
    f"rel <> {RELATIONS['follows']} AND created_by <> 'user' AND weight > ? AND timestamp <= ? "
    f"AND src NOT IN used AND dst NOT IN used AND NOT (rel = {RELATIONS['cites']} AND src IN written)"
)


def answers_after(database: Database, key: int) -> list[int]:
    """Return the keys above ``key`` that belong to accepted answers, in rising order."""
    rows = database.execute(f"SELECT DISTINCT e.src {_CITING} AND e.src > ? ORDER BY 1", (key,))
    return [answer for (answer,) in rows]


def has_answers(database: Database) -> bool:
    """Whether the memory contains an accepted answer."""
    return bool(database.execute(f"SELECT 1 {_CITING} LIMIT 1"))


def edges_within(database: Database, answer: int) -> list[int]:
    """Return the keys of the edges with a weight below 1 that connect two notes cited by ``answer``."""
    rows = database.execute(
        f"WITH shown AS (SELECT e.dst {_CITING} AND e.src = ?) "
        "SELECT key FROM edge WHERE src IN shown AND dst IN shown AND weight < 1",
        (answer,),
    )
    return [key for (key,) in rows]


def strengthen_edges(database: Database, keys: Iterable[int], share: float, timestamp: str) -> None:
    """Raise each edge's weight w to ``w + share * (1 - w)``, and set the edge's timestamp."""
    database.run_many(
        "UPDATE edge SET weight = weight + ? * (1 - weight), timestamp = ? WHERE key = ?",
        [(share, timestamp, key) for key in keys],
    )


def count_unused_edges(database: Database, least: float, until: str) -> int:
    """Count the edges between unused notes, with a weight above ``least`` and a timestamp up to ``until``.

    ``follows`` edges, those a user drew, and what a written node cites are not among them.
    """
    return int(database.execute(f"{_KNOWN} SELECT count(*) FROM edge WHERE {_UNUSED}", (least, until))[0][0])


def weaken_unused_edges(database: Database, factor: float, least: float, until: str) -> None:
    """Weaken the edges that :func:`count_unused_edges` counts.

    Each weight is multiplied by ``factor``, but does not fall below ``least``.
    """
    database.execute(
        f"{_KNOWN} UPDATE edge SET weight = max(?, weight * ?) WHERE {_UNUSED}", (least, factor, least, until)
    )


def count_repeated_chunks(database: Database) -> int:
    """Count the document chunks that repeat the text of an earlier chunk."""
    sql = "SELECT count(*) - count(DISTINCT text) FROM node WHERE document IS NOT NULL"
    return int(database.execute(sql)[0][0])
