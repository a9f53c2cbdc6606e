"""Collect the open tables of a document; a nested table becomes text in a cell."""

from __future__ import annotations

from .outline import Outline


class OpenTables:
    """The tables of a document that are still open, outermost first."""

    def __init__(self) -> None:
        self._tables: list[list[list[list[str]]]] = []

    def begin(self) -> None:
        """Begin a table."""
        self._tables.append([])

    def row(self) -> None:
        """Begin a row of the innermost table, if there is one."""
        if self._tables:
            self._tables[-1].append([])

    def cell(self) -> None:
        """Begin a cell of the innermost table's last row, if there is one."""
        if self._tables and self._tables[-1]:
            self._tables[-1][-1].append([])

    def take(self, text: str) -> bool:
        """Add ``text`` to the open cell; return False if no cell is open."""
        if not (self._tables and self._tables[-1] and self._tables[-1][-1]):
            return False
        self._tables[-1][-1][-1].append(text)
        return True

    def end(self, outline: Outline) -> None:
        """End the innermost table, and append it to ``outline`` or to the enclosing cell."""
        if not self._tables:
            return
        rows = [[" ".join(cell) for cell in row] for row in self._tables.pop()]
        if not self.take("; ".join(", ".join(row) for row in rows)):
            outline.table(rows)
