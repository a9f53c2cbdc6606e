"""Read the tags of a page once, from beginning to end.

Each open element carries its paragraph, its link and the level of its text, so nothing is looked up in the tree above
it, and deep nesting takes no longer than plain length.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from .blocks import Block, Marks, joined
from .elements import (
    BESIDE,
    BLOCKS,
    DIVIDING_ROLES,
    HEADINGS,
    HIDDEN,
    MAIN,
    NEVER,
    ORDINARY,
    VOID,
    asks_consent,
    level,
    may_ask_consent,
)
from .head import TOLD_BY, Head
from .markup import Start
from .nesting import ENDING, Places
from .style import hidden_by
from .table import Table

MAIN_SHARE = 0.2
MAIN_CHARS = 1000
"""Only ``main`` and ``article`` are read if they contain this share, or this number, of characters outside links."""
ENOUGH_CHARS = 40
"""Number of characters outside menus and banners that make a page, however long these are."""
MOST_OPTIONS = 30
"""Longest list of options that counts as text of the page. Longer lists, such as all countries, are beside the text."""


class _Open(NamedTuple):
    """An element whose end tag has not been read yet."""

    name: str
    block: _Owner
    link: _Link | None
    level: int
    table: Table | None
    heading: _Owner | None
    as_written: bool
    message: _Owner | None
    """The chat message that contains the element; its parts are lines of one paragraph."""
    places: Places
    asks_from: int = -1
    """Number of blocks before this element if it may ask for cookie consent; -1: no, or an element around it may."""


class _Owner:
    """An element that begins a paragraph."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Link:
    """A link; ``href`` is None once the first letter of the link has been read."""

    def __init__(self, href: str) -> None:
        self.href: str | None = href


class Page:
    """An HTML page being read."""

    def __init__(self) -> None:
        self.head = Head()
        self._blocks: list[Block] = []
        self._open = [_Open("", _Owner(""), None, ORDINARY, None, None, False, None, Places())]
        # How many of each name are open, so that an end tag without its start is no search.
        self._count: Counter[str] = Counter()
        # By level, the paragraph that is read: hidden words inside of one do not end it.
        self._last: dict[int, tuple[_Owner, Block]] = {}
        self._options_from = 0
        self._asking = False
        self._message: tuple[_Owner | None, int] = (None, 0)
        self._hidden: frozenset[str] = frozenset()

    def start(self, tag: Start) -> None:
        """Read a start tag."""
        if tag.closed and tag.name not in BLOCKS and tag.name not in VOID:
            return
        if tag.name in TOLD_BY:
            self.head.start(tag)
        if tag.name in ENDING:
            ended = self._open[-1].places.ended_by(tag.name, lambda place: self._open[place].name)
            while 0 <= ended < len(self._open):
                self._close()
        if tag.name in VOID:
            self._void(tag)
            return
        around = self._open[-1]
        own = level(tag.name, tag.attributes, around.level, in_heading=around.heading is not None)
        if self._hidden and own < HIDDEN and not self._hidden.isdisjoint(_selectors(tag)):
            own = HIDDEN
        table = self._table(tag, around, own)
        name, href = tag.name, tag.attributes.get("href")
        classes = tag.attributes["class"][:99].split() if name == "div" and "class" in tag.attributes else ()
        message = _Owner(name) if "message" in classes else around.message
        divides = name in BLOCKS or tag.attributes.get("role", "") in DIVIDING_ROLES
        block = _Owner(name) if divides else around.block
        self._open.append(
            _Open(
                name,
                block,
                _Link(href) if name == "a" and href is not None else around.link,
                own,
                table,
                block if name in HEADINGS else around.heading,
                around.as_written or name in ("pre", "listing", "xmp"),
                message,
                around.places.inside(name, len(self._open)),
                self._asks_from(tag),
            )
        )
        self._count[name] += 1
        if message is not None and "date" in classes and "title" in tag.attributes:
            # The whole date stands in the title, and what is shown is the time of day.
            self.text(tag.attributes["title"])
            self._open[-1] = self._open[-1]._replace(level=NEVER)
        if name == "select":
            self._options_from = len(self._blocks)
        if tag.closed:
            self.end(name)

    def end(self, name: str) -> None:
        """Read an end tag."""
        if name in ("p", "br") and not self._count[name]:
            self._last.clear()
        if not self._count[name]:
            return
        while self._close() != name:
            pass
        if not self._count["title"]:
            self.head.end_title()

    def _close(self) -> str:
        """End the innermost open element; return its name."""
        closed = self._open.pop()
        name, table, at = closed.name, closed.table, len(self._blocks)
        self._count[name] -= 1
        if closed.asks_from >= 0:
            self._end_asking(closed.asks_from)
        if table is not None and name in ("table", "td", "th", "thead"):
            if name == "table":
                table.close(self._blocks)
                self._last.clear()
            elif name == "thead":
                table.part("", at)
            else:
                table.end_cell(at)
        elif name == "select":
            if at - self._options_from > MOST_OPTIONS:
                for block in self._blocks[self._options_from :]:
                    block.level = max(block.level, BESIDE)
            self._options_from = at
        return name

    def _asks_from(self, tag: Start) -> int:
        if self._asking or not tag.attributes or not may_ask_consent(tag.name, tag.attributes):
            return -1
        self._asking = True
        return len(self._blocks)

    def _end_asking(self, start: int) -> None:
        """Raise the level of the blocks from ``start`` on to ``BESIDE`` if they ask for cookie consent."""
        self._asking = False
        asking = self._blocks[start:]
        if asks_consent(" ".join(block.text() for block in asking)):
            for block in asking:
                block.level = max(block.level, BESIDE)
            self._last.clear()

    def text(self, text: str) -> None:
        """Read the text between two tags."""
        self.head.text(text)
        around = self._open[-1]
        if around.name == "style":
            self._hidden |= hidden_by(text)
        if around.level > HIDDEN:
            return
        last = self._last.get(around.level)
        if last is None or last[0] is not around.block:
            # White space between blocks must not begin one.
            if not text.strip():
                return
            together = around.message is not None and self._message == (around.message, around.level)
            tight = together or around.block.name in ("dd", "option")
            block = Block(around.level, around.block.name, around.heading, tight=tight)
            self._message = around.message, around.level
            last = around.block, block
            self._last[around.level] = last
            self._blocks.append(last[1])
        before = last[1].length
        href = around.link.href if around.link is not None and text.strip() else None
        last[1].add(text, link=href, as_written=around.as_written)
        if around.link is not None:
            last[1].linked_length += last[1].length - before
            if href is not None:
                around.link.href = None

    def _void(self, tag: Start) -> None:
        around = self._open[-1]
        last = self._last.get(around.level)
        if tag.name == "hr":
            self._last.clear()
        elif tag.name == "br" and last is not None and last[0] is around.block:
            last[1].line_end()
        elif tag.name == "img" and tag.attributes.get("alt", "").strip() and around.level <= ORDINARY:
            self.text(f" {tag.attributes['alt'].strip()} ")
        elif tag.name == "input":
            checkbox = tag.attributes.get("type", "").lower() == "checkbox"
            self.text((" [x] " if "checked" in tag.attributes else " [ ] ") if checkbox else " ")

    def _table(self, tag: Start, around: _Open, own: int) -> Table | None:
        """Return the table that an element's text belongs to, and add the element to that table."""
        table, at = around.table, len(self._blocks)
        if tag.name == "table":
            self._last.clear()
            if table is not None:
                table.lays_out = True  # it holds another one
            return Table(at, own, lays_out=tag.attributes.get("role", "") in ("presentation", "none"))
        if table is not None and tag.name in ("thead", "tbody", "tfoot", "tr", "td", "th"):
            self._last.clear()
            if tag.name == "tr":
                table.row(at)
            elif tag.name in ("td", "th"):
                table.cell(tag.name, tag.attributes, at)
            else:
                table.part(tag.name, at)
        return table

    def read(self) -> tuple[str, Marks, Marks]:
        """End the page; return its text, its links and its headings."""
        while len(self._open) > 1:
            self._close()
        deepest = self._deepest()
        return joined(block for block in self._blocks if block.level <= deepest)

    def _deepest(self) -> int:
        """Return the highest level of text that is read on this page."""
        length: Counter[int] = Counter()
        for block in self._blocks:
            # Menus and lists of other pages are links: what is said beside them makes a text.
            length[block.level] += block.length - (block.linked_length if block.level != MAIN else 0)
        said = length[MAIN] + length[ORDINARY]
        if length[MAIN] and length[MAIN] >= min(MAIN_SHARE * said, MAIN_CHARS):
            deepest = MAIN
        elif said >= ENOUGH_CHARS or said * 10 > length[BESIDE]:
            deepest = ORDINARY
        else:
            deepest = BESIDE
        seen = sum(block.length for block in self._blocks if block.level < HIDDEN)
        if seen < ENOUGH_CHARS and length[HIDDEN] > 10 * seen:
            deepest = HIDDEN  # what a script would have shown
        while deepest < HIDDEN and not any(block.level <= deepest and block.text() for block in self._blocks):
            deepest += 1
        return deepest


def _selectors(tag: Start) -> list[str]:
    """Return the names that style sheet rules may use for an element."""
    classes = [f".{name}" for name in tag.attributes.get("class", "").split()[:50]]
    return [*classes, f"#{tag.attributes['id']}"] if "id" in tag.attributes else classes
