"""Read tables in text files (``.csv``, ``.tsv``) with any delimiter and quoting.

Nothing in such a file says how it is written, so its first lines decide: the delimiter is the one that gives most lines
the same number of columns, and the first full row is a header unless its cells are what stands below it. Lines above
the table, as banks and instruments write them, stay text.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ...text.data_uri import without_data
from ...text.table import written
from .document import Content

DELIMITERS = ",;\t|"
SAMPLE_CHARACTERS = 64 << 10
SAMPLE_ROWS = 200
MAX_LEAD = 30
"""Largest number of lines above a table."""

_NUMBER = re.compile(
    r"[^\w\s]{0,3}\s?\d[\d.,' \u00a0\u202f]{0,30}(?:e[+-]?\d{1,4})?\s?[%\w/\u20ac$\u00a3\u00b0]{0,6}", re.IGNORECASE
)
_DATE = re.compile(
    r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ,]{1,2}\d{1,2}:\d{2}.{0,20})?|\d{1,2}:\d{2}(?::\d{2}.{0,10})?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_ADDRESS = re.compile(r"https?://\S{1,2000}|[^\s@]{1,200}@[^\s@]{1,200}\.\w{2,20}")


class Dialect(NamedTuple):
    """The delimiter and quoting of a file."""

    delimiter: str
    columns: int
    escaped: bool = False
    """Whether a quote inside quotes is escaped with a backslash instead of doubled."""


def read_delimited(text: str, *, tabs: bool = False) -> Content:
    """Return the content of a table in ``text``. A text of one column stays as it is.

    ``tabs``: whether its name says that tabs divide it, which counts where lines divide equally well otherwise.
    """
    text = without_data(text)
    said = re.match(r"sep=(.)\n", text, re.IGNORECASE)
    body = text[said.end() :] if said else text
    dialect = dialect_of(body, said[1] if said else "\t" if tabs else "")
    if dialect is None:
        return Content(title="", text=text)
    rows, warnings = _rows(body, dialect)
    lead = _lead(rows)
    table = rows[lead:]
    header = table[0] if table and has_header(table[0], table[1 : SAMPLE_ROWS + 1]) else []
    above = [" ".join(filter(None, map(str.strip, row))) for row in rows[:lead]]
    shown = written(_trimmed(table[1:] if header else table), _trim(header))
    return Content(title="", text="\n\n".join(filter(None, ("\n".join(filter(None, above)), shown))), warnings=warnings)


def read_text(text: str) -> Content:
    """Return the content of a plain text, which may consist of spreadsheet rows."""
    text = without_data(text)
    return read_delimited(text, tabs=True) if is_table(text) else Content(title="", text=text)


def is_table(text: str) -> bool:
    """Return whether tabs or semicolons divide each of the first lines into three or more columns."""
    sample = f"{text}\n"[:SAMPLE_CHARACTERS].split("\n")[:-1]
    lines = list(islice(filter(str.strip, sample), SAMPLE_ROWS))
    return (
        len(lines) > 2
        and not all(line.startswith("\t") for line in lines)
        and any(lines[0].count(sign) >= 2 and len({line.count(sign) for line in lines}) == 1 for sign in "\t;")
    )


def dialect_of(text: str, preferred: str = "") -> Dialect | None:
    """Return the delimiter and quoting of the table in ``text``; None if it has only one column.

    ``preferred``: the delimiter that counts where two serve equally well; empty: none.
    """
    sample = text[:SAMPLE_CHARACTERS]
    # The last line of a sample is seldom whole.
    sample = sample[: sample.rfind("\n") + 1] if len(text) > len(sample) and "\n" in sample else sample
    escaped = '\\"' in sample and '""' not in sample
    best: tuple[float, int, bool] = (0.0, 0, False)
    chosen: Dialect | None = None
    for delimiter in dict.fromkeys(preferred + DELIMITERS):
        dialect = Dialect(delimiter, 0, escaped)
        try:
            rows = [row for row in islice(_parsed(sample, dialect), SAMPLE_ROWS) if any(map(str.strip, row))]
        except csv.Error:
            rows = [line.split(delimiter) for line in sample.split("\n")[:SAMPLE_ROWS] if line.strip()]
        counts = Counter(len(row) for row in rows if len(row) > 1)
        if not counts:
            continue
        columns, times = max(counts.items(), key=lambda item: (item[1], item[0]))
        # Three of four lines decide; what remains are titles, totals and ragged rows.
        share = min(times / len(rows), 0.75)
        if share >= 0.4 and (share, columns, delimiter == preferred) > best:
            best, chosen = (share, columns, delimiter == preferred), Dialect(delimiter, columns, escaped)
    return chosen


def has_header(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether the row ``first`` names the columns of the rows ``below``."""
    cells = [cell.strip() for cell in first]
    named = [cell for cell in cells if cell]
    if not below or len(named) * 2 < len(cells) or len(set(named)) < len(named):
        return False
    if any(len(cell) > 100 or _ADDRESS.fullmatch(cell) or _DATE.fullmatch(cell) for cell in named):
        return False
    numbers = [cell for cell in named if _NUMBER.fullmatch(cell)]
    if numbers and not (all(map(_YEAR.fullmatch, numbers)) and not _NUMBER.fullmatch(named[0])):
        return False
    typed = repeated = False
    for column, cell in enumerate(cells):
        under = [row[column].strip() for row in below if column < len(row) and row[column].strip()]
        kinds = sum(1 for each in under if _NUMBER.fullmatch(each) or _DATE.fullmatch(each) or _ADDRESS.fullmatch(each))
        typed = typed or (bool(under) and kinds * 2 > len(under) and bool(cell) and cell not in numbers)
        repeated = repeated or (bool(cell) and cell in under)
    return typed or bool(numbers) or not repeated


def _parsed(text: str, dialect: Dialect, *, strict: bool = False, quotes: bool = True) -> Iterator[list[str]]:
    # Blanks behind a delimiter are no part of a cell, and must not hide a quote.
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=dialect.delimiter,
        doublequote=not dialect.escaped,
        escapechar="\\" if dialect.escaped else None,
        skipinitialspace=dialect.delimiter != "\t",
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
        strict=strict,
    )
    limit = csv.field_size_limit(max(len(text) + 1, 1 << 17))
    try:
        yield from reader
    finally:
        csv.field_size_limit(limit)


def _rows(text: str, dialect: Dialect) -> tuple[list[list[str]], tuple[str, ...]]:
    """Return all rows that are not empty, and the doubts about their quotes."""
    warnings: tuple[str, ...] = ()
    try:
        rows = list(_parsed(text, dialect, strict=True))
    except csv.Error as error:
        open_end = "unexpected end" in str(error)
        rows = [] if open_end else list(_parsed(text, dialect))
        if open_end or not _closed(text, dialect):
            rows = []
    if not rows or any(_swallowed(cell, dialect) for row in rows for cell in row if "\n" in cell):
        rows = list(_parsed(text, dialect, quotes=False))
        warnings = ("a quote in it is never closed: quotes are read as ordinary characters",)
    return [row for row in rows if any(map(str.strip, row))], warnings


def _closed(text: str, dialect: Dialect) -> bool:
    """Whether the last row of a file with stray quotes ends outside quotes."""
    last = [*_parsed(f"{text}\n{dialect.delimiter.join('x' * max(dialect.columns, 2))}", dialect)][-1:]
    return bool(last) and last[0][-1:] == ["x"] and len(last[0]) == max(dialect.columns, 2)


def _swallowed(cell: str, dialect: Dialect) -> bool:
    """Whether a cell of several lines contains rows of the table, because of an unclosed quote."""
    lines = cell.split("\n")[1:-1]
    whole = sum(1 for line in lines if line.count(dialect.delimiter) == dialect.columns - 1)
    return len(lines) >= 3 and whole * 4 > 3 * len(lines)


def _lead(rows: list[list[str]]) -> int:
    """Return the number of rows above the table. They have one cell or fewer than half of the columns."""
    width = Counter(map(_filled, rows[:SAMPLE_ROWS])).most_common(1)[0][0] if rows else 0
    for number, row in enumerate(rows[:MAX_LEAD]):
        if _filled(row) * 2 > width and _filled(row) > 1:
            return number
    return 0


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _trimmed(rows: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    return map(_trim, rows)


def _trim(row: Sequence[str]) -> Sequence[str]:
    """Return a row without the empty cells at its end. A program adds these to make all rows equally long."""
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return row[:end]
