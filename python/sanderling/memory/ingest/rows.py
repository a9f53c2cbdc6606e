"""Cut a long table into pieces of whole rows, and repeat the header in each piece. A number needs its column's name.

A table too wide for that is cut by columns, and a row too long by its cells, the longest cell by its text; the first
column, which mostly says what a row is about, comes with each part if it is short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ...text.table import Table, cells, head, written

Size = Callable[[str], int]
Cut = Callable[[str, int], Sequence[str]]
"""Function that cuts a text into pieces of a given number of tokens."""


class Rows:
    """Cuts one table into pieces; sizes are in tokens."""

    def __init__(self, text: str, table: Table, size: Size, limit: int, cut: Cut) -> None:
        """Prepare to cut ``table`` of ``text`` into pieces of at most ``limit`` tokens. ``cut`` cuts a long cell."""
        self._text = text
        self._table = table
        self._size = size
        self._limit = limit
        self._cut = cut
        self._columns = cells(table.header.partition("\n")[0])

    def pieces(self, start: int) -> Iterator[tuple[int, str]]:
        """Yield (offset, text) of each piece, in order.

        ``start``: where the first piece begins, at the table or at a text before it that it takes along.
        """
        if self._size(self._table.header) <= self._limit // 2:
            yield from self._whole(start)
            return
        if start < self._table.start:
            yield start, self._text[start : self._table.start].rstrip()
        most = max(len(cells(self._text[at:end])) for at, end in self._table.rows)
        self._columns += [""] * (most - len(self._columns))
        groups = self._groups(range(len(self._columns)))
        every = (piece for number, group in enumerate(groups) for piece in self._of_columns(group, keyed=number > 0))
        yield from sorted(every, key=lambda piece: piece[0])

    def _whole(self, start: int) -> Iterator[tuple[int, str]]:
        """Yield pieces that hold whole rows, unchanged from the text.

        The cells of a row that is too long for a piece come as :meth:`_long` writes them.
        """
        text, header = self._text, self._size(self._table.header)
        first = self._table.rows[0][0]
        # The first piece has the header as it is written.
        used = self._size(text[start:first])
        begin, end = start, first
        for at, after in self._table.rows:
            tokens = self._size(text[at:after])
            if used + tokens > self._limit and end > begin:
                if end > first or begin < self._table.start:
                    yield self._piece(begin, self._table.start if end == first else end)
                used, begin = header, at
            if used + tokens > self._limit:
                yield from self._long(at, cells(text[at:after]), range(len(self._columns)))
                used, begin = header, after + 1
            else:
                used += tokens
            end = after
        if end > begin:
            yield self._piece(begin, end)

    def _piece(self, begin: int, end: int) -> tuple[int, str]:
        inside = self._text[begin:end].rstrip()
        return begin, f"{self._table.header}\n{inside}" if begin > self._table.start else inside

    def _groups(self, columns: Sequence[int]) -> list[list[int]]:
        """Group the columns, so that the names in each group fill at most a third of a piece.

        Each group has the first column, unless the name of that column is long.
        """
        groups: list[list[int]] = [[]]
        for column in columns:
            key = [] if not column or self._size(self._columns[0]) > self._limit // 8 else [0]
            if groups[-1] and self._size(self._named([*groups[-1], column])) > self._limit // 3:
                groups.append([*key])
            groups[-1].append(column)
        return groups

    def _named(self, group: Sequence[int]) -> str:
        return head([self._columns[column] for column in group])

    def _of_columns(self, group: list[int], *, keyed: bool) -> Iterator[tuple[int, str]]:
        """Yield pieces that hold only the columns in ``group``, each with as many rows as fit.

        ``keyed``: whether the first column was in another group already, and alone makes no row.
        """
        header = self._named(group)
        kept: list[list[str]] = []
        used, start = self._size(header), self._table.start
        for at, after in self._table.rows:
            row = cells(self._text[at:after])
            shown = [row[column] if column < len(row) else "" for column in group]
            if not any(cell for cell, column in zip(shown, group, strict=True) if column or not keyed):
                continue
            tokens = self._size(written([shown]))
            if kept and used + tokens > self._limit:
                yield start, f"{header}\n{written(kept)}"
                used, kept = self._size(header), []
            if used + tokens > self._limit:
                yield from self._long(at, row, group)
                continue
            start = start if kept else at
            used += tokens
            kept.append(shown)
        if kept:
            yield start, f"{header}\n{written(kept)}"

    def _long(self, at: int, row: list[str], columns: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Yield the parts of one row that is too long: as many cells as fit, or parts of one cell."""
        names = [*self._columns, *[""] * (len(row) - len(self._columns))]
        key = [0] if self._size(f"{names[0]} {row[0]}") <= self._limit // 4 else []
        kept: list[int] = []
        for column in (*columns, *range(len(self._columns), len(row))):
            if column >= len(row) or (not row[column] and column):
                continue
            with_it = [*kept, column] if kept else [*(key if column else []), column]
            if kept and self._size(self._part(names, row, with_it)) > self._limit:
                if kept != key:
                    yield at, self._part(names, row, kept)
                with_it = [*(key if column else []), column]
            kept = with_it
            if self._size(self._part(names, row, kept)) > self._limit:
                others = kept[:-1]
                room = max(
                    self._limit - self._size(self._part(names, [*row[:column], "", *row[column + 1 :]], kept)), 8
                )
                for piece in self._cut(row[column], room):
                    yield at, self._part(names, [*row[:column], piece, *row[column + 1 :]], [*others, column])
                kept = []
        if kept and kept != key:
            yield at, self._part(names, row, kept)

    def _part(self, names: Sequence[str], row: Sequence[str], columns: Sequence[int]) -> str:
        return written([[row[column] for column in columns]], [names[column] for column in columns])
