"""The identity of a memory, stored in the table ``meta``: embedder and vector dimension."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from ...errors import SanderlingError
from .cells import encoding_of
from .database import Damaged, Database
from .packed import PRECISIONS, Precision
from .salvaged_rows import is_table
from .schema import MAX_DIM


class Identity(NamedTuple):
    """The embedder, dimension and precision of a memory's vectors, and the memory's creation time."""

    embedder_id: str
    dim: int
    created: str
    precision: Precision = "int16"


def stated(database: Database) -> dict[str, str]:
    """Return the valid stored fields of the :class:`Identity`, by name."""
    rows = database.execute(
        "SELECT key, CAST(value AS BLOB) FROM meta WHERE key IN ('embedder_id', 'dim', 'created', 'vectors') "
        "AND typeof(value) = 'text'"
    )
    encoding = encoding_of(database)
    fields: dict[str, str] = {}
    for key, value in rows:
        text = value.decode(encoding, errors="replace")
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
        if (
            key == "created"
            or (key == "vectors" and text in PRECISIONS)
            or (key != "vectors" and (text and "�" not in text if key == "embedder_id" else 1 <= number <= MAX_DIM))
        ):
            fields[key] = text
    return fields


def embedder_of(path: Path) -> str:
    """Return the id of the embedder of the memory at ``path``.

    Empty if there is no memory, or none that can be read: whoever opens it reports that.
    """
    try:
        if not path.is_file() or not path.stat().st_size:
            return ""
        with closing(Database(path)) as database:
            # Whoever opens it checks its schema; until then a view called meta may have rows without end.
            return stated(database).get("embedder_id", "") if is_table(database, "meta") else ""
    except (OSError, SanderlingError):
        return ""


def identity_of(database: Database) -> Identity:
    """Return the identity of a memory. Raises Damaged if a field is lost."""
    fields = stated(database)
    lost = [f"meta does not say its {key}" for key in ("embedder_id", "dim", "created") if key not in fields]
    if lost:
        raise Damaged(database.path, *lost)
    # Each vector tells its own precision, so that one lost here loses nothing.
    precision: Precision = "float32" if fields.get("vectors") == "float32" else "int16"
    return Identity(fields["embedder_id"], int(fields["dim"]), fields["created"], precision)
