"""Keeps headers of GGUF files on disk for later processes.

Reading a header means walking past its vocabulary: 10 to 40 ms a file, at every start. What is kept has no vocabulary.
Each model file has one entry in ``headers/`` of the data folder, named by a hash of its path. An entry holds for one
path, size and time of change, and for one version of this package; any other is as good as none. Entries are untrusted
like the model files: one that does not decode to a header, or whose numbers no model file could have, is ignored and
replaced. A failure here costs no more than reading the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from functools import lru_cache
from pathlib import Path

import msgspec

from .. import config
from .._core import __version__
from ..disk.files import PRIVATE_FOLDER, content, irregular
from ..disk.whole_file import write_whole
from ..errors import StorageFull, UsageError
from ..records import Record
from .gguf import MAX_ENTRIES, GgufHeader, read_header

log = logging.getLogger(__name__)

FOLDER = "headers"
"""Name of the cache's folder in the data folder."""
MAX_BYTES = 8 << 20
"""Maximum size of an entry in bytes. A published model's has some tens of kilobytes."""
MAX_KEPT = 64
"""Maximum number of entries. Of more, the oldest are removed."""


class _Entry(Record, forbid_unknown_fields=True):
    version: str
    path: str
    size: int
    changed_ns: int
    header: GgufHeader


_decode = msgspec.msgpack.Decoder(_Entry).decode


@lru_cache(maxsize=32)
def _header(path: Path, size: int, changed_ns: int) -> GgufHeader:
    kept = find(path, size, changed_ns)
    if kept is None:
        kept = read_header(path)
        keep(path, size, changed_ns, kept)
    return kept


def header_of(path: Path) -> GgufHeader:
    """Return the header of a model file, from the cache if possible.

    The header is kept, also on disk, until the file changes. Raises ModelUnavailable.
    """
    try:
        state = path.stat()
    except OSError:
        return read_header(path)  # which raises the right error
    return _header(path, state.st_size, state.st_mtime_ns)


def find(path: Path, size: int, changed_ns: int) -> GgufHeader | None:
    """Return the kept header of an unchanged file, or None. ``size``, ``changed_ns``: its size and time of change."""
    try:
        file = _file(path)
        if file.stat().st_size > MAX_BYTES:
            return None
        entry = _decode(content(file))
    except (OSError, UsageError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    same = (entry.version, entry.path, entry.size, entry.changed_ns) == (__version__, _name(path), size, changed_ns)
    return entry.header if same and _possible(entry.header, size) else None


def keep(path: Path, size: int, changed_ns: int, header: GgufHeader) -> None:
    """Keep a header in the data folder. If the folder exists and can be written."""
    entry = _Entry(version=__version__, path=_name(path), size=size, changed_ns=changed_ns, header=header)
    data = msgspec.msgpack.encode(entry)
    if len(data) > MAX_BYTES:
        return
    try:
        folder = config.home() / FOLDER
        if not folder.parent.is_dir():
            return
        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
        file = _file(path)
        if irregular(file):
            return  # writing to a pipe would wait for ever
        write_whole(file, data, private=True)
        _bound(folder)
    except (OSError, StorageFull, UsageError) as error:
        log.info("the header of %s is not kept: %s", path, error)


def _file(path: Path) -> Path:
    return config.home() / FOLDER / f"{hashlib.sha256(os.fsencode(_name(path))).hexdigest()[:32]}.header"


def _name(path: Path) -> str:
    return os.fsencode(path.absolute()).decode("utf-8", "backslashreplace")


def _possible(header: GgufHeader, size: int) -> bool:
    """Return whether a file of ``size`` bytes can have this header. By the bounds that the header's reader enforces."""
    counts = (
        header.block_count,
        header.context_length,
        header.embedding_length,
        header.feed_forward_length,
        header.vocab_size,
        header.n_merges,
        header.key_length,
        header.value_length,
    )
    return (
        header.file_bytes == size
        and 0 <= header.least_bytes <= size
        and all(0 <= count < 2**32 for count in counts)
        and header.block_count == len(header.head_count_kv) <= MAX_ENTRIES
        and all(0 <= heads < 2**16 for heads in header.head_count_kv)
        and 0 <= header.recurrent_bytes < 2**63
        and 0 < len(header.tensors) <= MAX_ENTRIES
        and any(tensor.elements for tensor in header.tensors)
        and all(
            len(tensor.dims) <= 4 and all(0 <= dim < 2**64 for dim in tensor.dims) and 0 <= tensor.offset < 2**64
            for tensor in header.tensors
        )
    )


def _bound(folder: Path) -> None:
    """Remove the oldest entries beyond ``MAX_KEPT``."""
    files = list(folder.glob("*.header"))
    if len(files) <= MAX_KEPT:
        return
    changed: list[tuple[int, Path]] = []
    for file in files:
        with contextlib.suppress(OSError):
            changed.append((file.lstat().st_mtime_ns, file))
    for _, file in sorted(changed, reverse=True)[MAX_KEPT:]:
        with contextlib.suppress(OSError):
            file.unlink()
