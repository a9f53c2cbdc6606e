"""Open a SQLite file on any medium: for writing where possible, else read-only.

SQLite writes even to read: a database with a write-ahead log needs that log (``-wal``) and its index (``-shm``) beside
it. A file that this process cannot write may be written by another (a folder shared read-only, a read-only mount of a
disk that is also mounted elsewhere), and neither permissions nor the kind of mount show that. So::

    may file and folder be written?  ──yes──► SQLite's ordinary way
      │ no
    a log that is not empty?         ──yes──► with a readable -shm: ``mode=ro``. SQLite takes read locks, or reads the
      │ no                                    log by itself if no other process has the file open.
      │                                       Without one: file and log are copied, and the copy is read.
      └──────────────────────────────────────► ``immutable=1``: the file alone is complete.

With ``immutable`` SQLite takes no locks and does not check for changes, so that another process's writes would give
wrong results without an error. A file opened so, or copied, is therefore watched: :meth:`ReadOnly.changed` compares
inode, size and time of the file and its log with those at the opening. Readers check before a read, and open the file
again if it has changed, and after it, and then refuse the result. Not detected are a change that keeps all three, and
one that the attribute cache of a network file system hides for a few seconds.

A copy goes to the system's temporary folder if there is room for it, its log is merged into it, and its name is removed
as soon as it is open: nothing is left behind, however the process ends.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from ..errors import MemoryFileError, StorageFull
from .files import irregular

MARGIN_BYTES = 64 << 20
"""Bytes to leave free in the temporary folder, which is often in RAM."""
_LOGS = ("-wal", "-journal")
_State = tuple[tuple[int, int, int, int] | None, ...]


class ReadOnly(NamedTuple):
    """Why a file cannot be written, and the file's state at its opening."""

    path: Path
    why: str
    seen: _State | None
    """State of file and logs; None if SQLite itself notices the writes of other processes."""

    def changed(self) -> bool:
        """Whether another process has written to the file or to its log since the file was opened."""
        return self.seen is not None and _state(self.path) != self.seen


def connect(path: Path, *, timeout_s: float) -> tuple[sqlite3.Connection, ReadOnly | None]:
    """Open or create a SQLite file; return also a ReadOnly if the file cannot be written.

    Raises sqlite3.Error as SQLite does, StorageFull or MemoryFileError if a copy is needed and cannot be made.
    """
    why = unwritable(path)
    if not why:
        return _open(path, timeout_s), None
    path = path.resolve()  # SQLite's files lie beside what a link points at
    seen = _state(path)
    if not any(part and part[2] for part in seen[1:]):
        return _open(path, timeout_s, "mode=ro&immutable=1"), ReadOnly(path, why, seen)
    if path.with_name(f"{path.name}-shm").exists():
        connection = _open(path, timeout_s, "mode=ro")
        try:
            # SQLite opens the log only at the first read.
            connection.execute("PRAGMA schema_version")
            return connection, ReadOnly(path, why, None)
        except sqlite3.OperationalError:
            connection.close()
    return _copied(path, timeout_s, why, seen)


def require_regular(path: Path) -> None:
    """Raise MemoryFileError if the file at ``path``, or a log beside that file, is not regular.

    Reading a pipe, for example, may block.
    """
    for suffix in ("", "-shm", *_LOGS):
        file = path.with_name(path.name + suffix)
        if kind := irregular(file):
            raise MemoryFileError(f"{file} is {kind} and no file: move it away, or choose another path")


def code(error: BaseException | None) -> int:
    """Return the primary SQLite result code of ``error``; 0 if it has none.

    An error that Python's sqlite3 module raises by itself has none.
    """
    # The higher bytes of an extended code hold its detail.
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def unwritable(path: Path) -> str:
    """Return why the file at ``path`` cannot be written; "" if it can be written or does not exist.

    The kernel decides, since mode bits do not bind root and a read-only mount binds everybody.
    """
    effective = os.access in os.supports_effective_ids
    try:
        if not path.exists() or irregular(path):
            return ""
        file, folder = path.resolve(), path.resolve().parent
        if os.access(file, os.W_OK, effective_ids=effective) and os.access(
            folder, os.W_OK | os.X_OK, effective_ids=effective
        ):
            return ""
        if os.statvfs(file).f_flag & os.ST_RDONLY:
            return "it is on a read-only file system"
    except OSError:
        return ""  # it cannot even be examined: opening it raises
    return "there is no permission to write the file or its folder"


def _open(path: Path, timeout_s: float, how: str = "") -> sqlite3.Connection:
    # The caller has a lock for it, so other threads may use it; autocommit, so that transactions begin explicitly.
    name = f"file:{quote(str(path.absolute()))}?{how}" if how else path
    return sqlite3.connect(name, timeout=timeout_s, check_same_thread=False, isolation_level=None, uri=bool(how))


def _state(path: Path) -> _State:
    def look(file: Path) -> tuple[int, int, int, int] | None:
        try:
            found = file.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

    return look(path), *(look(path.with_name(path.name + suffix)) for suffix in _LOGS)


def _copied(path: Path, timeout_s: float, why: str, seen: _State) -> tuple[sqlite3.Connection, ReadOnly]:
    """Copy the file, merge its logs into the copy, and open the copy."""
    parts = [path.with_name(path.name + suffix) for suffix, part in zip(("", *_LOGS), seen, strict=True) if part]
    remedy = f"{path} has changes in {parts[-1].name} and {why}: open it once where it can be written"
    sizes = [part[2] for part in seen if part]
    # The logs are copied and then merged into the copy.
    needed_bytes = sizes[0] + 2 * sum(sizes[1:]) + MARGIN_BYTES
    try:
        with tempfile.TemporaryDirectory(prefix="sanderling-") as folder:
            if shutil.disk_usage(folder).free < needed_bytes:
                room = f"{needed_bytes / 2**20:,.0f} MiB in {tempfile.gettempdir()}"
                raise StorageFull(f"{remedy}, or free {room} for a copy")
            for part in parts:
                shutil.copyfile(part, Path(folder, part.name))
            if _state(path) != seen:
                raise MemoryFileError(f"{path} is being written by another process: wait until it has finished")
            copy = Path(folder, path.name)
            _fold(copy, timeout_s)
            connection = _open(copy, timeout_s, "mode=ro&immutable=1")
            try:
                connection.execute("PRAGMA schema_version")  # opens the file, whose name is removed now
            except BaseException:
                connection.close()
                raise
    except OSError as error:
        raise MemoryFileError(f"{remedy} (it could not be copied: {error})") from error
    return connection, ReadOnly(path, why, seen)


def _fold(copy: Path, timeout_s: float) -> None:
    """Merge the logs beside the SQLite file ``copy`` into that file."""
    connection = _open(copy, timeout_s)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()
