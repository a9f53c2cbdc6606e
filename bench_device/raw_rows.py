"""The file of raw results, extended after each row and read when an interrupted run resumes.

The first line holds the settings; a run with other settings does not resume. Each further line is one row. An
incomplete last line, as a killed run leaves it, is cut off.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Generic, Self, TypeVar

import msgspec

from ..errors import UsageError
from ..records import Record

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row", bound=Record)
_BEGINNING = b'{"settings"'
"""How every raw file begins."""


class RawRows(Generic[Key, Row]):
    """An open file of raw results.

    Without a path, rows are kept in memory only.
    """

    def __init__(
        self, path: Path | None, settings: Mapping[str, object], kind: type[Row], key: Callable[[Row], Key]
    ) -> None:
        """Open or create the file. ``key``: what tells a row of type ``kind`` from the others; the last one counts.

        Raises UsageError if the file belongs to another run or cannot be read.
        """
        self.asked: dict[Key, Row] = {}
        """Rows by their key."""
        self._kind, self._key = kind, key
        self._file: BinaryIO | None = None
        if path is None:
            return
        # Through JSON, as the file's first line was: tuples are lists there.
        head = msgspec.json.decode(msgspec.json.encode(settings))
        whole = 0
        if path.exists() and path.stat().st_size:
            whole = self._read(path, head)
        self._file = path.open("r+b" if whole else "wb")
        if whole:
            self._file.truncate(whole)
            self._file.seek(0, os.SEEK_END)
        else:
            self._write(msgspec.json.encode({"settings": head}) + b"\n")

    def _read(self, path: Path, head: object) -> int:
        """Read all complete lines into ``asked``; return their length in bytes."""
        lines = path.read_bytes().splitlines(keepends=True)
        cut = b"" if lines[-1].endswith(b"\n") else lines.pop()
        if not lines and not cut.startswith(_BEGINNING):
            raise UsageError(f"{path} is no raw file of this command: name another file")
        try:
            if lines and msgspec.json.decode(lines[0]) != {"settings": head}:
                raise UsageError(f"{path} holds another run: name another file, or delete it")
            for each in lines[1:]:
                self._keep(msgspec.json.decode(each, type=self._kind))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} is no raw file of this command ({error}): name another file") from error
        return sum(map(len, lines))

    def _keep(self, row: Row) -> None:
        self.asked[self._key(row)] = row

    def add(self, row: Row) -> None:
        """Add a row, and write it at once."""
        self._keep(row)
        self._write(msgspec.json.encode(row) + b"\n")

    def _write(self, data: bytes) -> None:
        if self._file is not None:
            self._file.write(data)
            self._file.flush()

    def __enter__(self) -> Self:
        """Return the file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
