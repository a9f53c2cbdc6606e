"""What a path names, and who else may read it.

A FIFO or a device in the place of a file would wait for ever, so it is asked before one is opened. Files with words of
notes, questions and answers are for their owner alone from the moment they are made, whatever the umask is: on a
machine with several users the time between making a file and restricting it is enough to open it.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Container, Iterable
from pathlib import Path

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
    """Return what ``path`` is if no regular file can be opened there, for example "a folder"; else "".

    Links are followed; a path that names nothing is no irregular one. Raises OSError where it cannot be looked at.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return ""
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "")


def content(path: Path) -> bytes:
    """Return the bytes of a file of ours. Raises OSError as opening one does, and for what is no regular file."""
    if kind := irregular(path):
        raise OSError(errno.EINVAL, f"it is {kind} and no file", str(path))
    return path.read_bytes()


def create_private(path: Path) -> None:
    """Make an empty file that only its owner may read, unless there is something already; raises OSError.

    SQLite gives the logs beside a database the mode of the database.
    """
    # Only ever a new file is opened: closing one that SQLite has open would give up this process's locks on it. A link
    # to nothing is not new: what it points to is made.
    try:
        os.close(os.open(os.path.realpath(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))
    except FileExistsError:
        return


def loose(path: Path) -> bool:
    """Whether group or others have any right to a file or folder of ours; a link has no mode of its own."""
    status = path.lstat()
    return not stat.S_ISLNK(status.st_mode) and status.st_uid == os.geteuid() and bool(status.st_mode & _OTHERS)


def restrict(folder: Path, patterns: Iterable[str], folders: Container[str]) -> None:
    """Take the rights of group and others off a folder of ours and its files of these names; says so once, if any are.

    Links in it and what belongs to another user are left alone, and so is a folder that was not made for us: the user's
    own, one for everybody's temporary files, which has the sticky bit, the root, or one that holds others' things and
    none of ours but ``folders``.
    """
    try:
        real = folder.resolve()
        shared = real.stat().st_mode & stat.S_ISVTX or real in (Path.home().resolve(), Path(real.anchor))
        found = [path for pattern in patterns for path in real.glob(pattern) if path.is_file()]
        # Named by mistake, for example / or /var/lib: to lock others out of that would cost more than it saves.
        shared = shared or (not found and any(path.name not in folders for path in real.iterdir()))
        mended = [path for path in (*(() if shared else (real,)), *found) if loose(path)]
        for path in mended:
            path.chmod(path.stat().st_mode & ~_OTHERS)
    except (OSError, RuntimeError) as error:
        log.warning("%s may be readable by other users of this machine: %s", folder, error)
        return
    # Nobody else could reach a file in a folder that was closed, such as a config.toml that its owner's editor made.
    if mended and found and (shared or real in mended):
        names = ", ".join(sorted({path.name for path in mended}))
        log.warning("%s was open to other users of this machine: now only you can read %s", folder, names)


def open_to_all(path: Path) -> bool:
    """Whether every user of this machine can read a file: its mode, and that of each folder above it, let them.

    False for a file that is not there, or cannot be looked at.
    """
    try:
        real = path.resolve(strict=True)
        above = all(folder.stat().st_mode & stat.S_IXOTH for folder in real.parents)
        return above and bool(real.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
