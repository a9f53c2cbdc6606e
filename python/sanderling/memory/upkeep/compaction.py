"""Compaction: shrink a memory's files by removing unused space.

A change log that a new snapshot of the index makes needless is dropped first. SQLite then rewrites the file in a
transaction of its own (VACUUM), so an interruption leaves it as it was before or as it is after.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from ...errors import StorageFull
from ...records import Record
from ..index import MemoryIndex, index_path
from ..store.database import require_writable
from ..store.vacuum import fold_log, merge_text_segments, vacuum
from ..store.vectors import pack_vectors
from ..store.words import words_path
from .blame import opened


class Sizes(Record):
    """Sizes of a memory's files in bytes; 0 for a missing file."""

    store_bytes: int
    wal_bytes: int
    """Size of the write-ahead log, which holds committed changes not yet in the file."""
    index_bytes: int
    words_bytes: int
    """Size of the word table (``memory/store/words.py``)."""

    @property
    def total_bytes(self) -> int:
        """Total size of a memory's files."""
        return self.store_bytes + self.wal_bytes + self.index_bytes + self.words_bytes


class Compaction(Record):
    """The result of a compaction."""

    before: Sizes
    after: Sizes
    warnings: tuple[str, ...]


def sizes(path: Path) -> Sizes:
    """Return the sizes of the files of the memory at ``path``."""

    def size(file: Path) -> int:
        return file.stat().st_size if file.exists() else 0

    return Sizes(
        store_bytes=size(path),
        wal_bytes=size(path.with_name(path.name + "-wal")),
        index_bytes=size(index_path(path)),
        words_bytes=size(words_path(path)),
    )


def compact(path: Path) -> Compaction:
    """Rewrite the memory at ``path`` without the space left by deleted rows.

    Vectors that a memory of int16 still keeps in float32, as earlier versions did, are packed first.

    Raises StorageFull if the disk lacks room for the copy, MemoryFileError if the memory is damaged or another process
    writes to it. In both cases the memory is unchanged.
    """
    require_writable(path)
    before = sizes(path)
    with opened(path) as store:
        _require_room(path, before)
        warnings = _remove_abandoned(path)
        with store.write():
            merge_text_segments(store)
        with store.write():
            pack_vectors(store)
        store.words.save(build=True)
        index = MemoryIndex(store)
        index.save()
        warnings += index.warnings
        vacuum(store)
        if not fold_log(store):
            warnings.append("another process reads the memory: its file shrinks when that has finished")
        # The transaction above is newer than the first snapshot.
        index.save()
    return Compaction(before=before, after=sizes(path), warnings=tuple(dict.fromkeys(warnings)))


def _require_room(path: Path, before: Sizes) -> None:
    # VACUUM writes a temporary copy, then that copy into the write-ahead log; index and words are written beside the
    # old ones.
    needed_bytes = 2 * (before.store_bytes + before.wal_bytes) + before.index_bytes + before.words_bytes
    free_bytes = shutil.disk_usage(path.parent).free
    if free_bytes < needed_bytes:
        raise StorageFull(
            f"{path}: to be compacted it needs {needed_bytes / 2**20:,.0f} MiB beside it for a while, "
            f"{free_bytes / 2**20:,.0f} MiB are free: free disk space and try again"
        )


def _remove_abandoned(path: Path) -> list[str]:
    """Remove ``<memory>.idx.<process id>.tmp`` files of killed processes; return one sentence for each.

    Those of the word table as well.
    """
    said = []
    names = "|".join(re.escape(each.name) for each in (index_path(path), words_path(path)))
    for file in path.parent.iterdir():
        match = re.fullmatch(rf"(?:{names})\.(\d+)\.tmp", file.name)
        if match and not _runs(int(match[1])):
            said.append(f"removed {file.name}, which a process left that was killed: {file.stat().st_size} bytes")
            file.unlink()
    return said


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
