"""An answer that counts or lists notes of the memory, made without a model."""

from __future__ import annotations

from typing import Literal, NamedTuple

from . import ranges
from .records import Answer


class Page(NamedTuple):
    """The part of a list to show."""

    limit: int = 20
    """Most notes on the page."""
    start: int = 1
    """Number of the first item, from 1."""

    def check(self) -> None:
        """Raise ValueError if a number is out of its range."""
        ranges.COUNT.check("limit", self.limit)
        ranges.COUNT.check("start", self.start)


class Listing(Answer, kw_only=True, frozen=True):
    """A count or a list of notes, tags or folders, as an answer.

    ``text`` is the whole answer in words. ``sources`` are the notes on this page, in the order of their titles, each
    with a ``score`` of 0. ``route`` names no model, and no telemetry row is written.
    """

    kind: Literal["count", "list"]
    """What was asked for: how many, or which."""
    total: int
    """How many there are, on all pages together."""
    rule: str
    """What was counted, such as "have the tag people"; empty: all notes."""
    start: int = 1
    """Number of the first item on this page, from 1."""
    next: int | None = None
    """Number of the first item on the next page; None on the last page."""
