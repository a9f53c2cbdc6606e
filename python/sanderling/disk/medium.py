"""A SQLite file opened wherever it lies: as ever where it can be written, and to be read only where it cannot.

SQLite wants to write even to read: a database with a write-ahead log needs that log (``-wal``) and its index
(``-shm``) beside it. What we may not write, another process may be writing (a folder shared to be read only, a
read-only mount of a disk that is mounted elsewhere too), and neither permissions nor the kind of mount tell. So::

    may file and folder be written?  ──yes──► SQLite's ordinary way
      │ no
    a log with something in it?      ──yes──► there is a -shm that can be read: ``mode=ro``. SQLite takes part in the
      │ no                                    locking with read locks, or reads the log for itself if nobody is there.
      │                                       None, or it cannot be used: file and log are copied and read there.
      └──────────────────────────────────────► ``immutable=1``: the file alone is everything.

``immutable`` takes no locks and looks for no changes, so a writer would give wrong results without an error. A file
opened so, and one that was copied, is therefore watched: :meth:`ReadOnly.changed` compares inode, size and time of the
file and its log with those at the opening. Whoever reads asks before (then it is opened anew) and after (then what
was read is refused). What this does not see is a change that keeps all three, or one that a network file system's
attribute cache hides, for its few seconds.

A copy goes to the system's temporary folder if there is room for it, its log is folded in, and its name is removed as
soon as it is open: nothing is left behind, however the process ends.
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
"""Left free in the temporary folder, which is often in RAM."""
_LOGS = ("-wal", "-journal")
_State = tuple[tuple[int, int, int, int] | None, ...]


class ReadOnly(NamedTuple):
    """Why a file cannot be written, and what it looked like when it was opened."""

    path: Path
    why: str
    seen: _State | None
    """None: SQLite itself notices what others write."""

    def changed(self) -> bool:
        """Whether somebody wrote to the file since, or its log."""
        return self.seen is not None and _state(self.path) != self.seen


def connect(path: Path, *, timeout_s: float) -> tuple[sqlite3.Connection, ReadOnly | None]:
    """Open the file at ``path``, making it if it is absent; None beside it: it can be written.

    Raises sqlite3.Error as SQLite does, StorageFull or MemoryFileError where a copy is needed and cannot be made.
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
            # The log is looked at with the first read only.
            connection.execute("PRAGMA schema_version")
            return connection, ReadOnly(path, why, None)
        except sqlite3.OperationalError:
            connection.close()
    return _copied(path, timeout_s, why, seen)


def require_regular(path: Path) -> None:
    """Raise MemoryFileError where SQLite would open something else than files, and might wait for ever."""
    for suffix in ("", "-shm", *_LOGS):
        file = path.with_name(path.name + suffix)
        if kind := irregular(file):
            raise MemoryFileError(f"{file} is {kind} and no file: move it away, or choose another path")


def code(error: BaseException | None) -> int:
    """Return SQLite's primary result code; 0 where there is none, as in errors that Python's module raises itself."""
    # The higher bytes of an extended code hold its detail.
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def unwritable(path: Path) -> str:
    """Return why the file that is at ``path`` cannot be written, in words; "" if it can, or if none is there.

    The kernel is asked, since mode bits do not bind root and a read-only mount binds everybody.
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
        return ""  # it cannot even be looked at: whoever opens it is told so
    return "there is no permission to write the file or its folder"


def _open(path: Path, timeout_s: float, how: str = "") -> sqlite3.Connection:
    # A lock of the caller's guards it, so other threads may use it; autocommit, so that we say where a write begins.
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
    """Open a copy of the file with what its logs hold."""
    parts = [path.with_name(path.name + suffix) for suffix, part in zip(("", *_LOGS), seen, strict=True) if part]
    remedy = f"{path} has changes in {parts[-1].name} and {why}: open it once where it can be written"
    sizes = [part[2] for part in seen if part]
    # What is in the logs is written into the copy.
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
                connection.execute("PRAGMA schema_version")  # opens the file, whose name goes now
            except BaseException:
                connection.close()
                raise
    except OSError as error:
        raise MemoryFileError(f"{remedy} (it could not be copied: {error})") from error
    return connection, ReadOnly(path, why, seen)


def _fold(copy: Path, timeout_s: float) -> None:
    """Write what the logs of a file hold into it."""
    connection = _open(copy, timeout_s)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()
