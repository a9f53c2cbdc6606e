"""Split a text into passages for a prompt: sentences, and table rows with their header.

A row is nothing without the names of its columns, so it comes with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .sentences import sentences
from .table import is_row, tables

LONG_ROW = 400
"""Longest row that stays whole; a longer one is split into sentences, as a cell may hold a whole page."""


class Passage(NamedTuple):
    """A sentence, or a row of a table."""

    text: str
    header: str
    """Line with the column names; empty: no header, or no row."""


def passages(text: str) -> list[Passage]:
    """Split ``text`` into its sentences and rows, in order."""
    found: list[Passage] = []
    at = 0
    for table in tables(text):
        found += (Passage(sentence, "") for sentence in sentences(text[at : table.start]))
        header = table.header.partition("\n")[0]
        for start, end in table.rows:
            row = text[start:end].strip()
            parts = [row] if len(row) <= LONG_ROW else sentences(row)
            found += (Passage(part, header) for part in parts)
        at = table.end
    return found + [Passage(sentence, "") for sentence in sentences(text[at:])]


def joined_rows(passages: Iterable[Passage]) -> list[Passage]:
    """Return ``passages`` with consecutive rows of one table joined after its header."""
    found: list[Passage] = []
    for passage in passages:
        last = found[-1] if found else None
        if passage.header and last is not None and last.header == passage.header:
            between = "\n" if is_row(passage.text) and passage.text.startswith("|") else " "
            found[-1] = Passage(f"{last.text}{between}{passage.text}", passage.header)
        elif passage.header:
            found.append(Passage(f"{passage.header}\n{passage.text}", passage.header))
        else:
            found.append(passage)
    return found
