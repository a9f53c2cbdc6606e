"""A memory harmed in one of the ways that a repair has to mend."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

PAGE_BYTES = 4096
_SQL = {
    "vector": "DELETE FROM vector WHERE node % 4 = 1",
    "full text": "INSERT INTO node_text(rowid, title, text) VALUES(99999, 'ghost', 'ghost')",
    "edges": "INSERT INTO edge VALUES(99999, 'e', 99998, 99999, 0, 1.0, '', 'agent', 1.0)",
}
DAMAGES = ("none", *_SQL, "index", "page")


def damage(path: Path, kind: str, drawn: random.Random) -> None:
    """Harm the closed memory at ``path``: one of :data:`DAMAGES`, at a place that is drawn."""
    if kind == "page":
        data = bytearray(path.read_bytes())
        at = drawn.randrange(1, len(data) // PAGE_BYTES) * PAGE_BYTES
        data[at : at + PAGE_BYTES] = b"\xa5" * PAGE_BYTES
        path.write_bytes(data)
    elif kind == "index":
        with path.with_name(f"{path.name}.idx").open("r+b") as file:
            file.truncate(drawn.randrange(200))
    elif kind != "none":
        connection = sqlite3.connect(path)
        with connection:
            connection.execute(_SQL[kind])
        connection.close()
