"""A saved state of a sequence, and the key it is stored under.

The key is a hash of everything the state depends on: the model's file, the engine that computed it, and the token ids.
Equal prefixes therefore share one entry, and only a prompt that begins with exactly these ids can find it.
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
    """One saved state of a sequence."""

    ids: tuple[int, ...]
    state: bytes
    """The whole state of sequence 0 after ``ids``, as llama.cpp writes it."""
    checkpoints: dict[int, bytes] = msgspec.field(name="marks")
    """Convolution state by earlier position to which this state can be cut back; empty for models without one."""
    cost_ms: float
    """Milliseconds of computation that this entry saves and no other state would."""
    shared: bool
    """Whether many conversations begin with it: it stays when one of them resumes it, and may be written to disk."""

    @property
    def size_bytes(self) -> int:
        """Approximate size of the entry in RAM."""
        return len(self.state) + sum(map(len, self.checkpoints.values())) + 4 * len(self.ids)


def key_of(identity: str, ids: Sequence[int]) -> str:
    """Return the key of a prefix: 64 hexadecimal digits."""
    return hashlib.sha256(identity.encode() + b"\0" + array("i", ids).tobytes()).hexdigest()


def identity(path: Path, engine: str, kv_type: KvType) -> str:
    """Return what a model's states depend on besides token ids: file, engine, machine architecture and cache type.

    The file is identified by its size, its modification time and a SHA-256 of its first and last MiB (the header with
    all shapes, and the last weights): hashing a gigabyte would take longer than computing the prefix. ``engine``: name
    and version. Raises OSError if the file cannot be read.
    """
    with path.open("rb") as file:
        stat = path.stat()
        digest = hashlib.sha256(file.read(_SAMPLE_BYTES))
        file.seek(max(0, stat.st_size - _SAMPLE_BYTES))
        digest.update(file.read(_SAMPLE_BYTES))
    return f"{digest.hexdigest()} {stat.st_size} {stat.st_mtime_ns} {engine} {platform.machine()} {kv_type}"
