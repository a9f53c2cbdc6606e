"""The file of raw answers, from which an interrupted run resumes.

Each line is one :class:`~sanderling.bench_device.answers.report.Asked`.
"""

from __future__ import annotations

from pathlib import Path

from ..raw_rows import RawRows
from .report import Asked


class AnswersRaw(RawRows[tuple[str, str, str], Asked]):
    """An open file of raw answers, by model, search method and question id."""

    def __init__(self, path: Path | None, settings: dict[str, object]) -> None:
        """Open or create the file. Raises UsageError if it belongs to another run or cannot be read."""
        super().__init__(path, settings, Asked, lambda asked: (asked.model_id, asked.way, asked.row.question.id))
