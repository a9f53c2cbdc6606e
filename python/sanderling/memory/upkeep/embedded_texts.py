"""Keep new vectors in a file beside a memory until the memory holds them.

::

    one JSON line: embedder, dimension │ 16 bytes of a text's hash, its vector in float32 │ …

A record is found by the hash of the embedded text, so that whatever happens to the memory meanwhile, no vector is taken
for that of another text. A last record that a crash cut short is dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from ...disk.files import content, create_private
from ...records import Vectors

DIGEST_BYTES = 16


def digest(text: str) -> bytes:
    """Return the hash of a text, by which the text's vector is found."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:DIGEST_BYTES]


class EmbeddedTexts:
    """The kept vectors of one embedder for one memory."""

    def __init__(self, memory: Path, embedder_id: str, dim: int) -> None:
        """Read the file beside ``memory``, or begin a new file.

        Raises OSError if it cannot be read or made.
        """
        self.path = memory.with_name(f"{memory.name}.reembed")
        self._head = msgspec.json.encode({"embedder": embedder_id, "dim": dim}) + b"\n"
        self._dim = dim
        self._rows: dict[bytes, bytes] = {}
        if not self._read():
            self.path.unlink(missing_ok=True)
            create_private(self.path)
            with self.path.open("ab") as file:
                file.write(self._head)

    def __contains__(self, text: str) -> bool:
        """Whether the vector of ``text`` is kept."""
        return digest(text) in self._rows

    def add(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep the ``vectors`` float32[texts, dim] of ``texts``. Raises OSError for a full disk."""
        records = [(digest(text), vector.astype("<f4").tobytes()) for text, vector in zip(texts, vectors, strict=True)]
        with self.path.open("ab") as file:
            file.write(b"".join(name + row for name, row in records))
        self._rows.update(records)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of ``texts``, float32[texts, dim]. Raises KeyError for one that is not kept."""
        rows = b"".join(self._rows[digest(text)] for text in texts)
        return np.frombuffer(rows, "<f4").reshape(len(texts), self._dim).astype(np.float32)

    def remove(self) -> None:
        """Delete the file. Call once the memory has the vectors."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> bool:
        if not self.path.exists():
            return False
        data = content(self.path)
        if not data.startswith(self._head):
            return False
        size = DIGEST_BYTES + 4 * self._dim
        whole = (len(data) - len(self._head)) // size
        for at in range(len(self._head), len(self._head) + whole * size, size):
            self._rows[data[at : at + DIGEST_BYTES]] = data[at + DIGEST_BYTES : at + size]
        end = len(self._head) + whole * size
        if end < len(data):
            with self.path.open("r+b") as file:
                file.truncate(end)
        return True
