"""Find the open elements that a start tag ends. People omit these end tags, and browsers supply them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

_BLOCKS = """
address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3
h4 h5 h6 header hgroup hr li listing main menu nav ol p pre search section summary table ul
"""
_ENDS_PARAGRAPH = frozenset(_BLOCKS.split())
# An item ends the open one of its kind, up to the list around both.
_ITEMS = {
    **dict.fromkeys(("dt", "dd"), ("dt", "dd")),
    "li": ("li",),
    "option": ("option",),
    "optgroup": ("option", "optgroup"),
}
_LISTS = frozenset(("ul", "ol", "menu", "dl", "select", "table"))
_FRAMES = frozenset(("table", "caption", "td", "th", "button", "object", "template"))
_PARTS = frozenset(("thead", "tbody", "tfoot"))
ENDING = _ENDS_PARAGRAPH | _PARTS | {*_ITEMS, "td", "th", "tr"}
"""Elements whose start tag may end other elements."""
_PLACED = _FRAMES | _LISTS | _PARTS | {*_ITEMS, "p", "td", "th", "tr"}


class Places(NamedTuple):
    """Positions of open elements that a start tag may end, from the outermost; -1: none."""

    paragraph: int = -1
    item: int = -1
    cell: int = -1
    row: int = -1
    part: int = -1

    def ended_by(self, name: str, name_at: Callable[[int], str]) -> int:
        """Return the position of the outermost element that the start tag ``name`` ends; -1: none.

        ``name_at``: gives the name of the element at a place.
        """
        if name in _ITEMS and self.item >= 0 and name_at(self.item) in _ITEMS[name]:
            return self.item
        if name in ("td", "th"):
            return self.cell
        if name == "tr":
            return self.row if self.row >= 0 else self.cell
        if name in _PARTS:
            return next((place for place in (self.part, self.row, self.cell) if place >= 0), -1)
        return self.paragraph if name in _ENDS_PARAGRAPH else -1

    def inside(self, name: str, at: int) -> Places:
        """Return the positions for the content of an element ``name`` opened at ``at``."""
        places = self
        if name not in _PLACED:
            return places
        if name in _FRAMES:
            places = places._replace(paragraph=-1)
        if name in _LISTS:
            places = places._replace(item=-1)
        if name == "table":
            places = places._replace(cell=-1, row=-1, part=-1)
        elif name == "p":
            places = places._replace(paragraph=at)
        elif name in _ITEMS:
            places = places._replace(item=at)
        elif name in ("td", "th"):
            places = Places(-1, -1, at, places.row, places.part)
        elif name == "tr":
            places = places._replace(row=at)
        elif name in _PARTS:
            places = places._replace(part=at)
        return places
