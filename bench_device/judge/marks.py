"""The file of marks, one per line.

An interrupted run goes on from it without asking a judge twice.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from ...errors import SanderlingError
from ...records import Record
from ..raw_rows import RawRows
from .rubric import VERSION, Judge, Judged

IN_A_ROW = 5
"""Failures in a row after which a judge is given up: each may last two minutes."""


class Mark(Record):
    """A judge's mark of one answer."""

    digest: str
    """Hash of question, accepted answers, notes and answer."""
    score: float | None
    """1 to 5; None: the judge gave none."""
    error: str = ""


class Marks(RawRows[str, Mark]):
    """An open file of the marks of one judge.

    Without a path, the marks are kept in memory only.
    """

    def __init__(self, path: Path | None, judge: Judge) -> None:
        """Open or create the file. Raises UsageError if it belongs to another judge or cannot be read."""
        super().__init__(path, {"judge": judge.id, "rubric": VERSION}, Mark, lambda mark: mark.digest)
        self._judge, self._failed = judge, 0

    def of(self, judged: Judged) -> Mark:
        """Return the mark of an answer, from the file or from the judge.

        The judge is asked unless the file has a mark with a score. After :data:`IN_A_ROW` failures in a row it
        is asked no more.
        """
        digest = hashlib.sha256(msgspec.json.encode(judged)).hexdigest()[:24]
        known = self.asked.get(digest)
        if known is not None and known.score is not None:
            return known
        if self._failed >= IN_A_ROW:
            return Mark(digest=digest, score=None, error=f"the judge failed {IN_A_ROW} times in a row")
        try:
            mark = Mark(digest=digest, score=self._judge.mark(judged))
            self._failed = 0
        except SanderlingError as error:
            mark = Mark(digest=digest, score=None, error=f"{type(error).__name__}: {error}")
            self._failed += 1
        self.add(mark)
        return mark
