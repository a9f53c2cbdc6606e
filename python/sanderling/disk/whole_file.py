"""A file written so that it is there whole or as it was before, whatever happens meanwhile."""

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
"""A disk, a quota, and the size a process may give a file."""


@contextmanager
def whole_file(path: Path, *, private: bool = False) -> Iterator[IO[bytes]]:
    """Open a file beside ``path`` that takes its place, and its mode, when the block ends without an error.

    ``private``: one that is new can be read by its owner alone. What is no regular file, such as a terminal or a pipe,
    is written to directly. Raises StorageFull, which is no OSError, when the disk is full, and OSErrors as they are;
    then nothing is left of what was written.
    """
    if irregular(path):
        with _full_disk_said(path), path.open("wb") as file:
            yield file
        return
    target = path.resolve()  # a link stays one
    temporary = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        with _full_disk_said(path):
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
    """Write bytes, or text in UTF-8, as :func:`whole_file` does."""
    with whole_file(path, private=private) as file:
        file.write(data.encode() if isinstance(data, str) else data)


def _opened(temporary: Path, private: bool) -> IO[bytes]:
    # One of this name can only be ours, left by a process of this number that was killed.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.fdopen(os.open(temporary, flags, PRIVATE_FILE if private else 0o666), "wb")


@contextmanager
def _full_disk_said(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise StorageFull(f"{path}: no space left to write it: free disk space and try again") from error
