"""A lock between processes on one machine, held while a small file is rewritten.

The lock is advisory (``flock``), and the kernel frees it if its holder dies. The empty lock file stays behind.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .files import PRIVATE_FILE, irregular


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock on the file ``path`` until the ``with`` block ends.

    ``wait`` False: raise BlockingIOError if another process holds it.

    Raises OSError if the file cannot be created, or if ``path`` is not a regular file.
    """
    kind = irregular(path)
    if kind:
        raise OSError(f"{path} is {kind} and no file: move it away")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
