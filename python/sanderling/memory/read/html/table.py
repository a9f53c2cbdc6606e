"""Tables of an HTML page: data tables become rows with a header, layout tables become paragraphs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ....text.table import lines
from .blocks import Block

MAX_COLUMNS = 64
MAX_SPAN = 1000
_DATA_CELL_CHARS = 600
"""Longest cell of a data table; a table with a longer cell is a layout."""
_SPREAD_CHARS = 80
"""Longest cell that is repeated in each row it spans."""
_NAME_CHARS = 60
_NO_CELL = frozenset(("pre", "table", "blockquote", "figure", "form"))
_DIGIT = re.compile(r"\d")


class _Cell:
    def __init__(self, start: int, attributes: Mapping[str, str], *, names: bool) -> None:
        self.start = self.end = start
        self.names = names
        self.columns = _span(attributes.get("colspan", ""), MAX_COLUMNS)
        self.rows = _span(attributes.get("rowspan", ""), MAX_SPAN)
        self.text = ""
        self.links: list[str] = []


class Table:
    """A table whose end tag has not been read yet. Its text stands in the blocks of the page from ``start`` on."""

    def __init__(self, start: int, level: int, *, lays_out: bool) -> None:
        """Begin a table after ``start`` blocks. ``lays_out``: it holds no data."""
        self.lays_out = lays_out
        self._level = level
        self._start = start
        self._rows: list[list[_Cell]] = []
        self._head_rows = 0
        self._in_head = False
        self._cell: _Cell | None = None

    def part(self, name: str, at: int) -> None:
        """Begin ``thead``, ``tbody`` or ``tfoot`` before the block ``at``."""
        self.end_cell(at)
        self._in_head = name == "thead"

    def row(self, at: int) -> None:
        """Begin a row before the block ``at``."""
        self.end_cell(at)
        if not self._rows:
            self._start = at
        self._rows.append([])
        if self._in_head and self._head_rows == len(self._rows) - 1:
            self._head_rows += 1

    def cell(self, name: str, attributes: Mapping[str, str], at: int) -> None:
        """Begin a cell before the block ``at``."""
        self.end_cell(at)
        if not self._rows:
            self.row(at)
        self._cell = _Cell(at, attributes, names=name == "th")
        self._rows[-1].append(self._cell)

    def end_cell(self, at: int) -> None:
        """End the open cell, if there is one, before the block ``at``."""
        if self._cell is not None:
            self._cell.end = at
            self._cell = None

    def close(self, blocks: list[Block]) -> None:
        """If the table holds data, replace its blocks with one block. They are the last in ``blocks``."""
        self.end_cell(len(blocks))
        if self.lays_out or not self._rows or not self._read(blocks):
            return
        beside = [block for block in blocks[self._start :] if block.level > self._level]
        caption, rows = self._without_caption()
        grid = _grid(rows)
        width = max((at for row in grid for at, text in enumerate(row, 1) if text), default=0)
        if width < 2:
            return
        grid = [row[:width] + [""] * (width - len(row)) for row in grid]
        del blocks[self._start :]
        blocks += caption
        n_head = min(self._head_rows, len(grid) - 1) if self._head_rows else _names_columns(rows, grid)
        header = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*grid[:n_head], strict=True)]
        blocks += [self._written(rows[n_head:], grid[n_head:], header), *beside]

    def _read(self, blocks: list[Block]) -> bool:
        """Fill the cells with the text of their blocks; return whether the table holds data."""
        inside = 0
        for cell in (cell for row in self._rows for cell in row):
            within = [block for block in blocks[cell.start : cell.end] if block.level <= self._level]
            inside += cell.end - cell.start
            if sum(block.length for block in within) > _DATA_CELL_CHARS or any(
                block.name in _NO_CELL or block.heading is not None for block in within
            ):
                return False
            items = any(block.name == "li" for block in within)
            cell.text = ("; " if items else " ").join(filter(None, (block.text() for block in within)))
            cell.links = [href for block in within for _, href in block.links]
        return inside == len(blocks) - self._start

    def _without_caption(self) -> tuple[list[Block], list[list[_Cell]]]:
        """Return the captions as blocks, and the remaining rows.

        A caption is a row at the top whose only cell spans several columns.
        """
        rows, said = [row for row in self._rows if row], []
        while len(rows) > 1 and len(rows[0]) == 1 and rows[0][0].columns > 1:
            cell = rows.pop(0)[0]
            self._head_rows = max(self._head_rows - 1, 0)
            caption = Block(self._level, "caption")
            caption.add(cell.text, link=next(iter(cell.links), None), as_written=False)
            said.append(caption)
        return said, rows

    def _written(self, rows: list[list[_Cell]], grid: list[list[str]], header: Sequence[str]) -> Block:
        block = Block(self._level, "table")
        for line in lines((), header):
            block.add(line + "\n", link=None, as_written=True)
        for cells, texts in zip(rows, grid, strict=True):
            at = block.length
            for line in lines([texts]):
                block.add(line + "\n", link=None, as_written=True)
                block.links += [(at, href) for cell in cells for href in cell.links]
        return block


def _grid(rows: list[list[_Cell]]) -> list[list[str]]:
    """Return the text at each row and column. A short cell that spans several rows is repeated in each.

    A table of too many columns has none.
    """
    grid: list[list[str]] = []
    # (rows left, text) by column. What is said again is bounded by what the table says once.
    hanging: dict[int, tuple[int, str]] = {}
    spare = sum(len(cell.text) for row in rows for cell in row) + 1000
    for row in rows:
        places: list[str] = []
        cells = iter(row)
        cell = next(cells, None)
        while len(places) < MAX_COLUMNS and (cell is not None or hanging.keys() - set(range(len(places)))):
            column = len(places)
            if column in hanging:
                left, text = hanging.pop(column)
                spare -= len(text) + 1
                places.append(text if spare > 0 else "")
                if left > 1:
                    hanging[column] = (left - 1, text)
                continue
            if cell is None:
                places.append("")
                continue
            for extra in range(min(cell.columns, MAX_COLUMNS - column)):
                places.append(cell.text if not extra else "")
                if cell.rows > 1:
                    text = cell.text if not extra and len(cell.text) <= _SPREAD_CHARS else ""
                    hanging[column + extra] = (cell.rows - 1, text)
            cell = next(cells, None)
        if cell is not None:
            return []
        grid.append(places)
    return grid


def _names_columns(rows: list[list[_Cell]], grid: list[list[str]]) -> int:
    """Return how many rows at the top name the columns: 0 or 1."""
    if len(rows) < 2:
        return 0
    first = [cell for cell in rows[0] if cell.text]
    if first and all(cell.names for cell in first):
        return 1
    # Without ``th`` only words above numbers are surely names.
    names = grid[0]
    if not all(0 < len(name) <= _NAME_CHARS and not _DIGIT.search(name) for name in names) or len(rows) < 3:
        return 0
    below = [[row[column] if column < len(row) else "" for row in grid[1:]] for column in range(len(names))]
    return int(any(all(_DIGIT.search(text) for text in column) for column in below))


def _span(value: str, most: int) -> int:
    value = value.strip()
    # ``rowspan="0"`` spans to the end of the table.
    return min(max(int(value), 1), most) if value.isascii() and value.isdigit() and len(value) < 6 else 1
