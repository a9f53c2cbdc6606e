"""A saved sequence state and its key.

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
    """A saved sequence state and its token ids."""

    ids: tuple[int, ...]
    state: bytes
    """State of sequence 0 after ``ids``, in llama.cpp's format."""
    checkpoints: dict[int, bytes] = msgspec.field(name="marks")
    """Convolution states by the positions to which this state can be cut back.

    The bytes are empty for models without convolutions.
    """
    cost_ms: float
    """Time to compute again what only this entry holds, in milliseconds."""
    shared: bool
    """Whether many conversations begin with this state.

    Then it is kept when one resumes it, and may be written to disk.
    """

    @property
    def size_bytes(self) -> int:
        """Approximate size of the entry in RAM."""
        return len(self.state) + sum(map(len, self.checkpoints.values())) + 4 * len(self.ids)


def key_of(identity: str, ids: Sequence[int]) -> str:
    """Return the key of the state after ``ids``, 64 hexadecimal digits."""
    return hashlib.sha256(identity.encode() + b"\0" + array("i", ids).tobytes()).hexdigest()


def identity(path: Path, engine: str, kv_type: KvType) -> str:
    """Return a text that identifies a model file, the engine and the type of the KV cache.

    It names the file, engine, architecture and cache type. ``engine``: name and version. Raises OSError if the file
    cannot be read.
    """
    return f"{file_identity(path)} {engine} {platform.machine()} {kv_type}"


def file_identity(path: Path) -> str:
    """Return a text that identifies a model file.

    It holds the size, the modification time, and a hash of the first and last MiB. These hold the header with all
    shapes, and the last weights; hashing a gigabyte would take longer than computing a prefix. Raises OSError if the
    file cannot be read.
    """
    with path.open("rb") as file:
        stat = path.stat()
        digest = hashlib.sha256(file.read(_SAMPLE_BYTES))
        file.seek(max(0, stat.st_size - _SAMPLE_BYTES))
        digest.update(file.read(_SAMPLE_BYTES))
    return f"{digest.hexdigest()} {stat.st_size} {stat.st_mtime_ns}"
