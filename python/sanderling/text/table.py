"""Write and find tables in plain text, with one form for Markdown, HTML, CSV and every other reader.

A table is written as Markdown writes it, a row a line and its cells divided by `` | ``::

    | Room | Beds |
    |-|-|
    | Attic | 2 |

The second line marks the first as a header, so a table is recognised again wherever its text goes: each piece that it
is cut into begins with the header, and each row that a prompt shows comes behind it. Rows without a header are lines of
cells, and each is read as a sentence of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_DIVIDER = re.compile(r"(?<!\\)\|")
# Blanks and quote marks may stand before a row: a table in a list or in a callout.
_DELIMITER = re.compile(r"^[ \t>]*+[|:-][-:| \t]*+$", re.MULTILINE)
_SPACE = re.compile(r"\s+")


class Table(NamedTuple):
    """A table with a header, found in a text."""

    start: int
    """Offset of the header."""
    rows: tuple[tuple[int, int], ...]
    """(offset, end) of each row's line, without the line break."""
    header: str
    """The header's line, its cells divided and the rest as written, and the mark under it."""

    @property
    def end(self) -> int:
        """Offset behind the last row, or behind the mark of a table without rows."""
        return self.rows[-1][1]


def written(rows: Iterable[Sequence[str]], header: Sequence[str] = ()) -> str:
    """Return the text of a table, one line per row, without a line break at the end.

    ``header``: names of the columns; empty: the table has none. White space in a cell becomes one blank, and rows of
    nothing but empty cells are left out.
    """
    return "\n".join(lines(rows, header))


def lines(rows: Iterable[Sequence[str]], header: Sequence[str] = ()) -> Iterator[str]:
    """Yield the lines of :func:`written` one by one."""
    if any(map(str.strip, header)):
        yield _line(header)
        yield "|" + "-|" * len(header)
    for row in rows:
        if any(map(str.strip, row)):
            yield _line(row)


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(_SPACE.sub(" ", cell).strip().replace("|", "\\|") for cell in row) + " |"


def cells(line: str) -> list[str]:
    """Return the cells of a row as they are written, without the blanks around them."""
    line = line.strip().lstrip("> \t")
    found = _DIVIDER.split(line.removeprefix("|"))
    if len(found) > 1 and not found[-1].strip():
        found.pop()
    return [cell.strip().replace("\\|", "|") for cell in found]


def is_row(line: str) -> bool:
    """Return whether ``line`` may be a row of a table."""
    bare = line.strip().lstrip("> \t")
    return bare.startswith("|") or " | " in bare


def tables(text: str) -> list[Table]:
    """Return the tables in ``text`` that have a header and at least one row, in the order in which they stand."""
    if "|" not in text:
        return []
    found: list[Table] = []
    free = 0
    for mark in _DELIMITER.finditer(text):
        start = text.rfind("\n", 0, max(mark.start() - 1, 0)) + 1
        if mark.start() < 1 or start < free or "|" not in mark[0]:
            continue
        header = text[start : mark.start() - 1]
        columns = cells(header)
        if "|" not in header or len(columns) != len(cells(mark[0])):
            continue
        rows = tuple(_rows(text, mark.end() + 1))
        if rows:
            found.append(Table(start, rows, head(columns)))
            free = found[-1].end + 1
    return found


def head(columns: Sequence[str]) -> str:
    """Return the two lines of a header: the names of the columns, and the ``|-|-|`` below them."""
    return "\n".join(lines((), columns))


def _rows(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Yield (offset, end) of each line from ``at`` on that is a row, up to the first that is none."""
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        if "|" not in text[at:end]:
            return
        yield at, end
        at = end + 1
