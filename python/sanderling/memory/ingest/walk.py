"""Find the files to read in a folder and its subfolders, and a reason for each file that cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ...records import Record
from ...text.clean import clean

SUFFIXES = (".txt", ".md", ".markdown", ".html", ".htm", ".pdf", ".jsonl", ".csv", ".tsv")
# A file is read whole; a text of this size is a mistake or a database.
MAX_FILE_BYTES = 256 << 20


class Skipped(Record):
    """A file or line that was not read."""

    uri: str
    reason: str
    size_bytes: int = 0
    empty: bool = False
    """It was read and holds nothing, so its document in the memory is outdated."""


class File(Record):
    """A file to read."""

    path: Path
    size_bytes: int


def address_of(path: Path) -> str:
    """Return the address of a file's document: the path of the file, normalised like all texts."""
    return clean(str(path))


def files(root: Path, ignore: Iterable[Path] = ()) -> Iterator[File | Skipped]:
    """Yield the files in the folder ``root`` and its subfolders, or the file ``root`` itself, ordered by name.

    Hidden files and folders are left out, and so are ``ignore`` and files whose names begin with one of these (the
    memory's own files). Symbolic links are followed, each folder once, so a loop ends. ``root`` itself is resolved, so
    that a folder gives the same addresses however it is named.
    """
    own = {path.resolve() for path in ignore}
    pending, visited = [root.resolve()], set[tuple[int, int]]()
    while pending:
        path = pending.pop()
        if any(path.parent == mine.parent and path.name.startswith(mine.name) for mine in own):
            continue
        try:
            status = path.stat()
            if path.is_dir():
                # A folder met a second time is a link back to it.
                if (status.st_dev, status.st_ino) not in visited:
                    visited.add((status.st_dev, status.st_ino))
                    inside = [child for child in path.iterdir() if not child.name.startswith(".")]
                    pending += sorted(inside, reverse=True)
            else:
                yield _judged(path, status.st_size)
        except OSError as error:
            yield Skipped(uri=address_of(path), reason=error.strerror or str(error))


def _judged(path: Path, size_bytes: int) -> File | Skipped:
    if not path.is_file():
        return Skipped(uri=address_of(path), reason="not a regular file")
    if path.suffix.lower() not in SUFFIXES:
        return Skipped(
            uri=address_of(path),
            reason=f"{path.suffix or 'no suffix'}: not a kind that can be read ({' '.join(SUFFIXES)})",
        )
    if size_bytes > MAX_FILE_BYTES:
        return Skipped(uri=address_of(path), reason=f"larger than {MAX_FILE_BYTES >> 20} MiB: split it")
    return File(path=path, size_bytes=size_bytes)
