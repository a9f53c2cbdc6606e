"""Find the files to read below a folder, and the reasons why other files are not read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...disk.files import resolved
from ...records import Record
from ...text.clean import clean
from .address import Held, address_from_root, address_within, twins
from .ignore import IgnoreFiles, Rules

SUFFIXES = (
    *(".txt", ".md", ".markdown", ".org", ".rst", ".html", ".htm", ".pdf", ".docx", ".odt", ".rtf", ".epub"),
    *(".eml", ".emlx", ".mbox", ".enex", ".jsonl", ".ndjson", ".json", ".csv", ".tsv"),
)
SEVERAL = (".jsonl", ".ndjson", ".json", ".epub", ".eml", ".emlx", ".mbox", ".enex")
"""Suffixes of files that hold several documents (see ``several.py``)."""
# A file is read whole; a text of this size is a mistake or a database.
MAX_FILE_BYTES = 256 << 20
# These are read as a stream, and mailboxes and exports may be larger.
STREAMED = (".jsonl", ".ndjson", ".mbox", ".enex")
NOT_A_KIND = "not a kind that can be read"


class Skipped(Record):
    """A file or line that was not read, with the reason."""

    uri: str
    reason: str
    size_bytes: int = 0
    empty: bool = False
    """It was read and holds nothing, so its document in the memory is outdated."""
    kind: str = ""
    """Suffix of a file without a reader, or "no suffix"."""


class File(Record):
    """A file to read."""

    path: Path
    size_bytes: int
    uri: str = ""
    """Address of the file."""


def address_of(path: Path) -> str:
    """Return the address of a file: its path, normalised like all texts.

    Not for a file whose normalised name is also that of another file in its folder.
    """
    return clean(str(path))


class Walk:
    """Finds files at and below one root."""

    def __init__(
        self,
        root: Path,
        ignore: Iterable[Path] = (),
        rules: IgnoreFiles | None = None,
        held: Held | None = None,
    ) -> None:
        """Walk through ``root``, a folder or a file.

        ``ignore``: files that are not read, and all beside them whose names begin with theirs (the memory's own files).
        ``rules`` None: those of the ignore files and the defaults. ``held``: addresses in the memory; None: none.
        """
        # So that a folder gives the same addresses however it is named.
        self.root = resolved(root)
        self.rules = rules or IgnoreFiles(self.root)
        self._own = {path.resolve() for path in ignore}
        self._held = held or Held()
        self.address = address_from_root(self.root, self._held)
        self._visited: set[tuple[int, int]] = set()

    def files(self) -> Iterator[File | Skipped]:
        """Yield the files of the root, ordered by name.

        Symbolic links are followed, each folder once, so a loop ends. A root that is a file is read whatever the rules.
        """
        yield from self._from(self.root, self.address, self.rules.at_root)

    def files_at(self, path: Path) -> Iterator[File | Skipped]:
        """Yield the files at and below ``path``. ``path``: the root or below it.

        Nothing for what is gone or left out.
        """
        if path == self.root:
            yield from self.files()
            return
        rules = self.rules.of(path.parent)
        if rules is not None and path.exists() and not rules.leave_out(path.name, is_folder=path.is_dir()):
            yield from self._from(path, address_from_root(path, self._held), rules)

    def holds(self, path: Path) -> bool:
        """Whether the memory has a document at or below the absolute ``path``."""
        return address_from_root(path, self._held) in self._held

    def is_own(self, path: Path) -> bool:
        """Whether ``path`` is one of the memory's own files."""
        return any(path.name.startswith(mine.name) and path.parent == mine.parent for mine in self._own)

    def _from(self, start: Path, address: str, outer: Rules) -> Iterator[File | Skipped]:
        at_root = start == self.root
        pending: list[tuple[Path, str, Rules]] = [(start, address, outer)]
        while pending:
            path, address, rules = pending.pop()
            if self.is_own(path):
                continue
            try:
                status = path.stat()
                if not stat.S_ISDIR(status.st_mode):
                    yield _judged(path, address, status)
                # A folder met a second time is a link back to it.
                elif (status.st_dev, status.st_ino) not in self._visited:
                    self._visited.add((status.st_dev, status.st_ino))
                    inside = rules if at_root else self.rules.below(rules, path.name)
                    pending += self._children(path, address, inside)
            except OSError as error:
                yield Skipped(uri=address, reason=error.strerror or str(error))
            at_root = False

    def _children(self, folder: Path, address: str, rules: Rules) -> list[tuple[Path, str, Rules]]:
        """Return what lies in ``folder`` and is not left out, the last name first."""
        with os.scandir(folder) as entries:
            found = {entry.name: entry.is_dir() for entry in entries}
        kept = [name for name in found if not rules.leave_out(name, is_folder=found[name])]
        twinned = twins(found)
        return [
            (folder / name, address_within(address, name, twinned, self._held), rules)
            for name in sorted(kept, reverse=True)
        ]


def files(root: Path, ignore: Iterable[Path] = ()) -> Iterator[File | Skipped]:
    """Yield the files below the folder ``root``, ordered by name. A ``root`` that is a file is yielded itself.

    What is left out by default or by ignore files is not mentioned; ``ignore`` as for :class:`Walk`.
    """
    return Walk(root, ignore).files()


def _judged(path: Path, address: str, status: os.stat_result) -> File | Skipped:
    if not stat.S_ISREG(status.st_mode):
        return Skipped(uri=address, reason="not a regular file")
    suffix, size_bytes = path.suffix.lower(), status.st_size
    if suffix not in SUFFIXES:
        kind = suffix or "no suffix"
        return Skipped(uri=address, reason=f"{kind}: {NOT_A_KIND} ({' '.join(SUFFIXES)})", kind=kind)
    if size_bytes > MAX_FILE_BYTES and suffix not in STREAMED:
        return Skipped(uri=address, reason=f"larger than {MAX_FILE_BYTES >> 20} MiB: split it")
    return File(path=path, size_bytes=size_bytes, uri=address)
