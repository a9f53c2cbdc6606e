"""A lock between processes on one machine, held while a small file is rewritten.

The lock is advisory (``flock``), and the kernel frees it if its holder dies. The empty lock file stays behind.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .files import PRIVATE_FILE, irregular

_POLL_S = 0.002


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


@contextmanager
def queued(path: Path, timeout_s: float) -> Iterator[None]:
    """Hold a lock on the file ``path`` as :func:`locked` does, or run without it after waiting ``timeout_s``.

    SQLite polls a locked database ten times a second: a process that writes without a pause can keep another out for
    longer than that one waits. Writers that queue here first meet about 500 times a second. A holder that was stopped
    delays them by ``timeout_s`` and no more.

    Raises OSError as :func:`locked` does.
    """
    until = time.monotonic() + timeout_s
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(locked(path, wait=False))
            except BlockingIOError:
                if time.monotonic() < until:
                    time.sleep(_POLL_S)
                    continue
            break
        yield
