"""Write tables in plain text in one common form, and find such tables.

A table is written as Markdown writes it, a row a line and its cells divided by ``|`` between blanks::

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
    """A table with a header, as found in a text."""

    start: int
    """Offset of the header."""
    rows: tuple[tuple[int, int], ...]
    """(offset, end) of each row's line, without the line break."""
    header: str
    """The header's line, with cells divided as in :func:`written`, and the mark below it."""

    @property
    def end(self) -> int:
        """Offset after the last row, or after the header's second line if there are no rows."""
        return self.rows[-1][1]


def written(rows: Iterable[Sequence[str]], header: Sequence[str] = ()) -> str:
    """Return the text of a table, one line per row. The last line has no line break.

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
    """Return the cells of a row as written, without blanks around them."""
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
    """Return the tables in ``text`` that have a header and at least one row, in order."""
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
    """Return the two lines of a header: the column names, and ``|-|-|``."""
    return "\n".join(lines((), columns))


def _rows(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Yield (offset, end) of each row's line from ``at`` on, up to the first other line."""
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        if "|" not in text[at:end]:
            return
        yield at, end
        at = end + 1
