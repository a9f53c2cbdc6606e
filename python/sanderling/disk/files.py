"""Kinds and permissions of files.

A FIFO or a device in the place of a file would block for ever, so the kind is checked before a file is opened. Files
with words of notes, questions and answers are created readable by their owner alone, whatever the umask is: on a
machine with several users the time between creating a file and restricting it is enough to open it.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Container, Iterable
from pathlib import Path

from ..errors import UsageError

log = logging.getLogger(__name__)

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def irregular(path: Path) -> str:
    """Return the kind of file at ``path``, for example "a folder"; "" for a regular file.

    Links are followed; "" too if nothing is there. Raises OSError if the path cannot be examined.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return ""
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "")


def content(path: Path) -> bytes:
    """Return the bytes of a regular file. Raises OSError if it cannot be opened or is not a regular file."""
    if kind := irregular(path):
        raise OSError(errno.EINVAL, f"it is {kind} and no file", str(path))
    return path.read_bytes()


def resolved(path: str | Path) -> Path:
    """Return the absolute path of ``path``, with the links in it followed.

    Links that lead in a circle stay as they are, where ``Path.resolve`` raises RuntimeError. Raises UsageError for what
    is no path.
    """
    try:
        return Path(os.path.realpath(path))
    except ValueError as error:  # a zero byte
        raise UsageError(f"{path} is no path: {error}") from error


def of_user(path: str | Path) -> Path:
    """Return ``path`` with a user's folder in place of ``~`` at its beginning. That of an unknown user stays."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def create_private(path: Path) -> None:
    """Create an empty file that only its owner can read, unless ``path`` exists. Raises OSError.

    SQLite gives the logs beside a database the mode of the database.
    """
    # Only a new file is opened: closing one that SQLite has open would give up this process's locks on it. Where a link
    # points to nothing, its target is created.
    try:
        os.close(os.open(os.path.realpath(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))
    except FileExistsError:
        return


def loose(path: Path) -> bool:
    """Whether ``path`` belongs to this user and gives group or others access; False for a link."""
    status = path.lstat()
    return not stat.S_ISLNK(status.st_mode) and status.st_uid == os.geteuid() and bool(status.st_mode & _OTHERS)


def restrict(folder: Path, patterns: Iterable[str], folders: Container[str]) -> None:
    """Remove all permissions of group and others from ``folder`` and its files that match ``patterns``.

    Logs one warning if anything was changed. Links and the files of other users are left alone. So is a folder that was
    not made by this package: the home folder, the root, one with the sticky bit (for everybody's temporary files), and
    one that holds none of the files and any entry that is not in ``folders``.
    """
    try:
        real = folder.resolve()
        shared = real.stat().st_mode & stat.S_ISVTX or real in (Path.home().resolve(), Path(real.anchor))
        found = [path for pattern in patterns for path in real.glob(pattern) if path.is_file()]
        # Named by mistake, for example / or /var/lib: locking others out of that would do more harm than good.
        shared = shared or (not found and any(path.name not in folders for path in real.iterdir()))
        mended = [path for path in (*(() if shared else (real,)), *found) if loose(path)]
        for path in mended:
            path.chmod(path.stat().st_mode & ~_OTHERS)
    except (OSError, RuntimeError) as error:
        log.warning("%s may be readable by other users of this machine: %s", folder, error)
        return
    # No warning for a file in a closed folder, which nobody else could reach: an editor may have created it.
    if mended and found and (shared or real in mended):
        names = ", ".join(sorted({path.name for path in mended}))
        log.warning("%s was open to other users of this machine: now only you can read %s", folder, names)


def open_to_all(path: Path) -> bool:
    """Whether every user of this machine can read a file.

    It is judged by the modes of the file and the folders above it. False for a file that does not exist or cannot be
    examined.
    """
    try:
        real = path.resolve(strict=True)
        above = all(folder.stat().st_mode & stat.S_IXOTH for folder in real.parents)
        return above and bool(real.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
