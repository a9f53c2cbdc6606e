"""Find the code in a Markdown text, where tags, links and properties are not read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from .blocks import Block
from .code_spans import code_spans

# HTML whose content is not read as text.
UNREAD = ("<!--", "<pre", "<script", "<style", "<textarea")

Within = Callable[[int], bool]
"""Says whether an offset lies in code."""


def code_in(text: str, found: list[Block]) -> Within:
    """Return a function that tells whether an offset of ``text`` lies in code or unread HTML.

    ``found``: the blocks of the text.
    """
    if "`" not in text and all(block.kind in ("paragraph", "heading") for block in found):
        return _nowhere
    return within(_ranges(text, found))


def _nowhere(at: int) -> bool:
    return False


def unread(block: Block) -> bool:
    """Return whether a block of HTML is code, a script or a comment."""
    return block.text.lower().startswith(UNREAD)


def _ranges(text: str, found: list[Block]) -> list[tuple[int, int]]:
    """Return (start, end) of each range of code or unread HTML, in rising order."""
    ranges: list[tuple[int, int]] = []
    for block in found:
        if block.kind == "code" or (block.kind == "html" and unread(block)):
            ranges.append((block.start, block.end))
        elif block.kind != "html":
            inside = text[block.start : block.end]
            ranges += ((block.start + start, block.start + end) for start, end in code_spans(inside))
    return ranges


def within(ranges: list[tuple[int, int]]) -> Within:
    """Return a function that tells whether an offset lies in one of ``ranges``. They are in rising order."""
    starts = [start for start, _ in ranges]

    def inside(at: int) -> bool:
        number = bisect_right(starts, at) - 1
        return number >= 0 and at < ranges[number][1]

    return inside
