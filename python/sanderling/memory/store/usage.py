"""Look up accepted answers and the notes cited by these answers, and weaken the edges between unused notes.

An accepted answer is a node of type ``memory`` with ``cites`` edges, ``created_by`` ``router``, to the notes it was
made from.
"""

from __future__ import annotations

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


def has_answers(database: Database) -> bool:
    """Whether the memory has an accepted answer."""
    return bool(database.execute(f"SELECT 1 {_CITING} LIMIT 1"))


def count_unused_edges(database: Database, least: float, until: str) -> int:
    """Count the edges heavier than ``least``, not newer than ``until``, and between unused notes.

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
