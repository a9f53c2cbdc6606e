"""One saved state of a sequence, and the name it is found by.

The name is a hash of all that the state depends on: the model's file, the engine that computed it, and the token ids.
So equal prefixes have one entry, whoever wrote it, and only a prompt that begins with its very ids can find it.
"""

from __future__ import annotations

import hashlib
import platform
from array import array
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..records import KvType, Record

_SAMPLE_BYTES = 1 << 20


class Entry(Record):
    """One saved state."""

    ids: tuple[int, ...]
    state: bytes
    """All of sequence 0 after ``ids``, as llama.cpp writes it."""
    checkpoints: dict[int, bytes] = msgspec.field(name="marks")
    """Earlier positions to which this state can be brought back, each with the convolution state there, if any."""
    cost_ms: float
    """What computing again would cost that nothing else spares."""
    shared: bool
    """Prefix of many conversations: stays when one of them takes it, and may be spilled to disk."""

    @property
    def size_bytes(self) -> int:
        """Bytes it takes, nearly."""
        return len(self.state) + sum(map(len, self.checkpoints.values())) + 4 * len(self.ids)


def key_of(identity: str, ids: Sequence[int]) -> str:
    """Return the name of a prefix: 64 hexadecimal digits."""
    return hashlib.sha256(identity.encode() + b"\0" + array("i", ids).tobytes()).hexdigest()


def identity(path: Path, engine: str, kv_type: KvType) -> str:
    """Return what states of a model depend on besides ids: its file, the engine's build, the machine, the cache.

    The file is known by its size, its time and both its ends (the header with all shapes, and the last weights), since
    hashing a gigabyte whole would cost more than the prefix it saves. Raises OSError if it cannot be read.
    """
    with path.open("rb") as file:
        stat = path.stat()
        digest = hashlib.sha256(file.read(_SAMPLE_BYTES))
        file.seek(max(0, stat.st_size - _SAMPLE_BYTES))
        digest.update(file.read(_SAMPLE_BYTES))
    return f"{digest.hexdigest()} {stat.st_size} {stat.st_mtime_ns} {engine} {platform.machine()} {kv_type}"
