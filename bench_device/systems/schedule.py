"""Which systems a question is asked of, and in which order."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from ..raw_rows import RawRows
from ..routing.sets import Item
from .open_system import Opened
from .row import SystemRow

Key = tuple[str, str, str]


def key(row: SystemRow) -> Key:
    """Return what tells a row from the others of a file."""
    return row.question, row.digest, row.system


def key_of(item: Item, opened: Opened) -> Key:
    """Return the key of a system's row about a question."""
    return item.id, item.set.digest, opened.system.name


def due(opened: Sequence[Opened], every: Mapping[str, int], item: Item) -> list[Opened]:
    """Return the systems that a question is asked of.

    ``every``: by system, n for one that is asked every n-th question of a set. The sets come in turn, so counting over
    all of them would favour some.
    """
    return [each for each in opened if item.position % every.get(each.system.name, 1) == 0]


def missing(item: Item, asked: Sequence[Opened], rows: RawRows[Key, SystemRow]) -> list[Opened]:
    """Return those of the systems ``asked`` whose row is missing, or is of another router."""
    return [
        each for each in asked if (row := rows.asked.get(key_of(item, each))) is None or row.router != each.router_id
    ]


def turns(opened: Sequence[Opened], item: Item) -> list[Opened]:
    """Return the systems in the order in which a question is asked of them.

    It is drawn for each question: rotated orders would be the same for all questions of a set.
    """
    return random.Random(item.id).sample(opened, len(opened))
