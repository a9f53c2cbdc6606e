"""Tables in reStructuredText: grid tables, simple tables, and table directives.

Grids are drawn with ``+-|``, simple tables have lines of ``=``.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import pairwise

MAX_COLUMNS = 200
"""Most columns of a table that are read. Each line is cut into all of them."""
Rows = list[list[str]]


def is_grid(line: str) -> bool:
    """Tell whether a line is the upper edge of a grid table."""
    return len(line) > 2 and line.startswith("+") and line.endswith("+") and not line.strip("+-=")


def is_simple(line: str) -> bool:
    """Tell whether a line is the edge of a simple table of several columns."""
    return line.startswith("==") and " " in line.strip() and not line.strip("= ")


def grid(lines: Sequence[str]) -> tuple[Rows, bool]:
    """Return the rows of a grid table, and whether the first row is a header.

    Cells over several rows or columns are read as far as they stand in their first.
    """
    edges = [at for at, sign in enumerate(lines[0]) if sign == "+"][: MAX_COLUMNS + 1]
    rows: Rows = []
    header = False
    row: list[list[str]] = [[] for _ in edges[1:]]
    for line in lines[1:]:
        if line.startswith("+") and not line.strip("+-= "):
            if any(map(any, row)):
                rows.append(_joined(row))
            header = header or (len(rows) == 1 and "=" in line)
            row = [[] for _ in edges[1:]]
            continue
        for cell, (start, end) in zip(row, pairwise(edges), strict=True):
            cell.append(line[start + 1 : end].strip().strip("|"))
    if any(map(any, row)):
        rows.append(_joined(row))
    return rows, header


def simple(lines: Sequence[str]) -> tuple[Rows, bool]:
    """Return the rows of a simple table, and whether the first row is a header.

    A line whose first column is blank continues the row before.
    """
    edge = lines[0]
    starts = [at for at in range(len(edge)) if edge[at] == "=" and (at == 0 or edge[at - 1] == " ")][:MAX_COLUMNS]
    ends = [*starts[1:], None]
    rows: list[list[list[str]]] = []
    header = False
    for line in lines[1:]:
        if not line.strip("= ") and "==" in line:
            header = header or (len(rows) == 1 and line is not lines[-1])
        elif not line.strip("- ") or not line.strip():
            continue
        else:
            cells = [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
            if cells[0] or not rows:
                rows.append([[] for _ in cells])
            for parts, cell in zip(rows[-1], cells, strict=True):
                parts.append(cell)
    return [_joined(row) for row in rows], header


def of_lists(lines: Sequence[str]) -> Rows:
    """Return the rows of a ``list-table``. ``* - a`` begins a row, `` - b`` its next cell."""
    rows: list[list[list[str]]] = []
    for line in lines:
        bare = line.strip()
        if bare.startswith("* -"):
            rows.append([])
            bare = bare[1:].strip()
        if bare.startswith("-") and rows:
            rows[-1].append([bare[1:].strip()])
        elif bare and rows and rows[-1]:
            rows[-1][-1].append(bare)
    return [_joined(row) for row in rows]


def _joined(row: Sequence[Sequence[str]]) -> list[str]:
    """Return the cells of a row, joining the lines of each."""
    return [" ".join(filter(None, cell)) for cell in row]


def of_csv(lines: Sequence[str]) -> Rows:
    """Return the rows of a ``csv-table``; an invalid table has no rows."""
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, skipinitialspace=True) if row]
    except csv.Error:
        return []
