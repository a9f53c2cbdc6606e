"""HTML reader: extracts the title, text, links and headings of a page.

One pass over the tags. Each open element carries its paragraph, its link and whether its text is read, so nothing is
looked up in the tree above it, and deep nesting takes no longer than plain length.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from ...text.clean import clean
from ...text.encoding import decode
from .markup import End, Start, parts

# Text inside these is not part of the text of a page.
_UNREAD = "head title nav footer noscript button select textarea svg script style template rt rp"
# A paragraph begins where the innermost open one of these changes.
_BLOCKS = """
p div section article main aside header body blockquote pre figure figcaption h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table
tr caption
"""
# Elements without an end tag and content.
_VOID = """
area base basefont bgsound br col command embed frame hr image img input isindex keygen link menuitem meta nextid param
source spacer track wbr
"""
_IS_UNREAD, _IS_BLOCK, _IS_VOID = (frozenset(names.split()) for names in (_UNREAD, _BLOCKS, _VOID))
_IS_HEADING = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SPACE = re.compile(r"\s+")
# Searched in the first bytes only, as browsers do; the letters before are of one name, so no run is read twice.
_ENCODING = re.compile(rb"\b(?:charset|encoding)\s{0,9}=\s{0,9}[\"']?([A-Za-z][\w.:-]{1,40})")
_HEAD_BYTES = 2048

Marks = list[tuple[int, str]]
"""(offset in the text, address or heading)"""


class _Element:
    """A block, heading or link whose end has not been read yet."""

    def __init__(self, name: str, href: str = "") -> None:
        self.name = name
        self.href = href
        self.texts: list[str] = []


class _Open(NamedTuple):
    """An element whose end has not been read yet, with the innermost block, link and heading around it."""

    name: str
    block: _Element | None
    anchor: _Element | None
    heading: _Element | None
    unread: bool


class _Page:
    """The parts of a page that have been read so far."""

    def __init__(self) -> None:
        self.title: list[str] | None = None
        self._in_title = False
        self.texts: list[str] = []
        self.links: Marks = []
        self.headings: list[tuple[int, _Element]] = []
        self._length = 0
        self._open = [_Open("", None, None, None, unread=False)]
        # How many of each name are open, so that an end tag without its start is no search.
        self._count: Counter[str] = Counter()
        self._last_block: _Element | None = None
        self._last_anchor: _Element | None = None

    def start(self, tag: Start) -> None:
        if tag.closed or tag.name in _IS_VOID:
            return
        if tag.name == "title" and self.title is None:
            self.title, self._in_title = [], True
        around = self._open[-1]
        block = _Element(tag.name) if tag.name in _IS_BLOCK else around.block
        anchor = around.anchor if tag.name != "a" or tag.href is None else _Element("a", tag.href)
        heading = block if tag.name in _IS_HEADING else around.heading
        self._open.append(_Open(tag.name, block, anchor, heading, around.unread or tag.name in _IS_UNREAD))
        self._count[tag.name] += 1

    def end(self, name: str) -> None:
        if not self._count[name]:
            return
        while True:
            closed = self._open.pop().name
            self._count[closed] -= 1
            if closed == name:
                break
        self._in_title = self._in_title and self._count["title"] > 0

    def text(self, text: str) -> None:
        if self._in_title and self.title is not None:
            self.title.append(text)
        around = self._open[-1]
        if around.unread:
            return
        block, anchor = around.block, around.anchor
        words = clean(text)
        if block is None or block.name != "pre":
            words = _SPACE.sub(" ", words)
        if block is not self._last_block:
            # White space between blocks must not begin one.
            if not words.strip():
                return
            words = "\n\n" + words.lstrip()
            if block is not None and block is around.heading and not block.texts:
                self.headings.append((self._length + 2, block))
        if around.heading is not None:
            around.heading.texts.append(words)
        if anchor is not None and anchor is not self._last_anchor:
            self.links.append((self._length + len(words) - len(words.lstrip()), anchor.href))
        self._last_block, self._last_anchor = block, anchor
        self.texts.append(words)
        self._length += len(words)


def read_html(data: bytes) -> tuple[str, str, Marks, Marks]:
    """Return the title ("" if none), text, links and headings of a page, however broken its HTML is.

    Raises Unreadable for binary data.
    """
    declared = _ENCODING.search(data, 0, _HEAD_BYTES)
    decoded = decode(data, declared[1].decode("ascii") if declared else "")
    page = _Page()
    for part in parts(decoded.text):
        if isinstance(part, str):
            page.text(part)
        elif isinstance(part, End):
            page.end(part.name)
        else:
            page.start(part)
    headings = [(at, "".join(heading.texts).strip()) for at, heading in page.headings]
    return "".join(page.title or ()), "".join(page.texts), page.links, headings
