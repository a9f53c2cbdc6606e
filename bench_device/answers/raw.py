"""The raw file of a run of answers: written question by question, and read again by a run that goes on.

Its first line says what was asked with which settings; a run with others does not go on with it. Every further line is
one :class:`~.report.Asked`. A line that was being written when the run was killed is cut off.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from ...errors import UsageError
from .report import Asked, line


class AnswersRaw:
    """An open raw file; without a path, rows are held in memory only."""

    def __init__(self, path: Path | None, settings: dict[str, object]) -> None:
        """Open or begin the file. Raises UsageError if it is of another run or cannot be read."""
        self.asked: dict[tuple[str, str, str], Asked] = {}
        """By model, way and question id."""
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
        """Take in all whole lines; return how many bytes they take."""
        lines = path.read_bytes().splitlines(keepends=True)
        if not lines[-1].endswith(b"\n"):
            lines.pop()
        try:
            if lines and msgspec.json.decode(lines[0]) != {"settings": head}:
                raise UsageError(f"{path} holds another run: name another file, or delete it")
            for each in lines[1:]:
                self._keep(msgspec.json.decode(each, type=Asked))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} is no raw file of this command ({error}): name another file") from error
        return sum(map(len, lines))

    def _keep(self, asked: Asked) -> None:
        self.asked[asked.model_id, asked.way, asked.row.question.id] = asked

    def add(self, asked: Asked) -> None:
        """Keep a row, and write it down at once."""
        self._keep(asked)
        self._write(line(asked))

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
        """Close it."""
        if self._file is not None:
            self._file.close()
