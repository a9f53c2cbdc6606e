"""Atomic writes: a file is replaced completely or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import StorageFull
from .files import PRIVATE_FILE, irregular

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors for a full disk, an exhausted quota, and a file larger than the process may write."""


@contextmanager
def whole_file(path: Path, *, private: bool = False) -> Iterator[IO[bytes]]:
    """Open a temporary file that replaces ``path`` when the ``with`` block ends without an error.

    The new file gets the mode of the old one. ``private``: a new file can be read by its owner alone. A terminal, a
    pipe or the like is written to directly. Raises StorageFull, which is not an OSError, if the disk is full, and any
    other OSError as it is; the temporary file is then removed.
    """
    if irregular(path):
        with _full_disk_explained(path), path.open("wb") as file:
            yield file
        return
    target = path.resolve()  # a link stays a link
    temporary = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        with _full_disk_explained(path):
            with _opened(temporary, private) as file:
                yield file
                file.flush()
                # The content is on disk before its name.
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, temporary)
            temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, data: bytes | str, *, private: bool = False) -> None:
    """Replace the content of ``path`` with ``data``; a str is encoded as UTF-8.

    Options and errors are those of :func:`whole_file`.
    """
    with whole_file(path, private=private) as file:
        file.write(data.encode() if isinstance(data, str) else data)


def _opened(temporary: Path, private: bool) -> IO[bytes]:
    # A file of this name can only be left by a process with this number that was killed.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.fdopen(os.open(temporary, flags, PRIVATE_FILE if private else 0o666), "wb")


@contextmanager
def _full_disk_explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise StorageFull(f"{path}: no space left to write it: free disk space and try again") from error
