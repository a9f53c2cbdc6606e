"""A lock between processes on one machine: hold it while a small file is read, changed and written back.

The lock file stays behind, empty. It is advisory (``flock``) and freed by the kernel if its holder dies.
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
    """Hold the lock named ``path``. ``wait`` False: BlockingIOError if another process has it.

    Raises OSError where the file cannot be created, or something else has its name.
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
