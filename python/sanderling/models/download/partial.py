"""Helpers for a partial download: progress, hash, free space, errors, lock.

Its folder is ``.part/<file>.<kind>/``. Each folder is for one file from one kind of source. A source appends to the
file ``data`` and keeps its state for resuming beside it; neither is ever read as a model. ``pull.py`` moves ``data``
into place once its hash is right, and removes the folder.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ...disk.filelock import locked
from ...errors import DownloadError, StorageFull
from ...records import Record

BLOCK_BYTES = 1 << 20
MARGIN_BYTES = 64 << 20
"""Bytes to leave free on the disk. A full disk breaks more than this download."""


class Progress(Record):
    """Progress of one file's download."""

    file: str
    source: str
    done_bytes: int
    total_bytes: int
    """Size of the file; an estimate if the exact size is unknown."""


Report = Callable[[int], None]
"""Callback that receives the number of bytes downloaded so far."""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def require_space(folder: Path, wanted_bytes: int) -> None:
    """Raise StorageFull if the disk of ``folder`` is too full. ``wanted_bytes`` plus ``MARGIN_BYTES`` must be free."""
    free = shutil.disk_usage(folder).free
    if free < wanted_bytes + MARGIN_BYTES:
        raise StorageFull(
            f"{folder} has {free / 1e9:.2f} GB left and {(wanted_bytes + MARGIN_BYTES) / 1e9:.2f} GB are needed:"
            " free disk space, or set SANDERLING_HOME to a larger disk"
        )


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Raise StorageFull if the disk fills up during the block.

    ``folder`` is deleted then. Other errors are passed on.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        shutil.rmtree(folder, ignore_errors=True)
        raise StorageFull(f"the disk of {folder.parent.parent} is full: free disk space and pull again") from error


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Lock ``folder`` during the block.

    It keeps out other processes that pull the same model. Raises DownloadError if it is locked. The lock belongs to the
    open file, so it is released when the process ends, however that happens.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(locked(folder / ".lock", wait=False))
        except BlockingIOError as error:
            raise DownloadError(f"another process is pulling or requantizing {folder.name}: wait for it") from error
        yield
