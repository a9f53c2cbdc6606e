"""How the vectors of a memory were made: by which embedder, in which dimension. It stands in ``meta``."""

from __future__ import annotations

from typing import NamedTuple

from .cells import encoding_of
from .database import Damaged, Database
from .schema import MAX_DIM


class Identity(NamedTuple):
    """What makes vectors comparable, and when the memory was made."""

    embedder_id: str
    dim: int
    created: str


def stated(database: Database) -> dict[str, str]:
    """Return what ``meta`` says of these, as far as it can be believed."""
    rows = database.execute(
        "SELECT key, CAST(value AS BLOB) FROM meta WHERE key IN ('embedder_id', 'dim', 'created') "
        "AND typeof(value) = 'text'"
    )
    encoding = encoding_of(database)
    said: dict[str, str] = {}
    for key, value in rows:
        text = value.decode(encoding, errors="replace")
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
        if key == "created" or (text and "�" not in text if key == "embedder_id" else 1 <= number <= MAX_DIM):
            said[key] = text
    return said


def identity_of(database: Database) -> Identity:
    """Read it. Raises Damaged where it is lost."""
    said = stated(database)
    lost = [f"meta does not say its {key}" for key in ("embedder_id", "dim", "created") if key not in said]
    if lost:
        raise Damaged(database.path, *lost)
    return Identity(said["embedder_id"], int(said["dim"]), said["created"])
