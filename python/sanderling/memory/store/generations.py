"""Read the generation of a memory: the number of its last committed transaction."""

from __future__ import annotations

from .database import Damaged, Database

MAX_GENERATION = 1 << 62
LOG_IS_LOST = "the change log does not know the memory's generation"
_ENDS = "SELECT (SELECT min(generation) FROM change), (SELECT max(generation) FROM change)"


def generation_of(database: Database) -> int:
    """Return the newest generation in the change log. Within one reading transaction it is read once.

    Raises Damaged if the log holds none.
    """
    if database.reading and database.remembered is not None:
        return database.remembered
    # By type first: a text is more than any number, and is then the greatest.
    least, greatest = database.execute(_ENDS)[0]
    if not (isinstance(least, int) and isinstance(greatest, int) and 0 <= least <= greatest <= MAX_GENERATION):
        raise Damaged(database.path, LOG_IS_LOST)
    if database.reading:
        database.remembered = greatest
    return greatest


def has_generation(database: Database, generation: int) -> bool:
    """Whether the change log still has every change since ``generation``."""
    return bool(database.execute("SELECT 1 FROM change WHERE generation = ? LIMIT 1", (generation,)))
