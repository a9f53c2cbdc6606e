"""The unfinished download of one file from one source: a folder ``.part/<file>.<kind>/`` beside the model's files.

The bytes so far lie in ``data``. Sources append to it and keep what they need to go on later beside it; nothing here
is ever read as a model. :mod:`.pull` moves ``data`` into place once its hash is right, and removes the folder.
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
"""Left free on the disk beside what is fetched: a full disk breaks more than this download."""


class Progress(Record):
    """How far one file is."""

    file: str
    source: str
    done_bytes: int
    total_bytes: int
    """An estimate where only a predicted size is known."""


Report = Callable[[int], None]
"""Called with the bytes that are there so far."""


def sha256_of(path: Path) -> str:
    """Return the hash of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def require_space(folder: Path, wanted_bytes: int) -> None:
    """Raise StorageFull if ``wanted_bytes`` and a margin do not fit the disk that ``folder`` is on."""
    free = shutil.disk_usage(folder).free
    if free < wanted_bytes + MARGIN_BYTES:
        raise StorageFull(
            f"{folder} has {free / 1e9:.2f} GB left and {(wanted_bytes + MARGIN_BYTES) / 1e9:.2f} GB are needed:"
            " free disk space, or set SANDERLING_HOME to a larger disk"
        )


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn a full disk into StorageFull, giving back what this download took; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        shutil.rmtree(folder, ignore_errors=True)
        raise StorageFull(f"the disk of {folder.parent.parent} is full: free disk space and pull again") from error


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold ``folder`` against another process pulling the same model. Raises DownloadError if it is taken.

    The lock belongs to the open file, so it goes with the process, however that ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(locked(folder / ".lock", wait=False))
        except BlockingIOError as error:
            raise DownloadError(f"another process is pulling {folder.name}: wait for it") from error
        yield
