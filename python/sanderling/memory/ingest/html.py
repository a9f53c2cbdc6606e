"""HTML bytes in, title, readable text, links and headings out.

One walk over the tags: what is open carries its paragraph, its link and whether it is read along, so nothing is looked
up in the tree above, and depth costs no more than length.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import NamedTuple

from ...text.clean import clean, refuse_binary
from .markup import End, Start, parts

# Text inside these is not what the page says.
_UNREAD = "head title nav footer noscript button select textarea svg script style template rt rp"
# A change of the nearest of these is a new paragraph.
_BLOCKS = """
p div section article main aside header body blockquote pre figure figcaption h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table
tr caption
"""
# Have no end tag and hold nothing.
_VOID = """
area base basefont bgsound br col command embed frame hr image img input isindex keygen link menuitem meta nextid param
source spacer track wbr
"""
_IS_UNREAD, _IS_BLOCK, _IS_VOID = (frozenset(names.split()) for names in (_UNREAD, _BLOCKS, _VOID))
_IS_HEADING = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SPACE = re.compile(r"\s+")
# Looked for in the first bytes only, as browsers do; the letters before are of one name, so no run is read twice.
_ENCODING = re.compile(rb"\b(?:charset|encoding)\s{0,9}=\s{0,9}[\"']?([A-Za-z][\w.:-]{1,40})")
_HEAD_BYTES = 2048
# No page is written in these: UTF-16 would not show its name as ASCII, and to decode Punycode takes quadratic time.
_NOT_OF_PAGES = ("punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7", "utf-16", "utf-32")

Marks = list[tuple[int, str]]
"""(offset in the text, what is there)"""


class _Element:
    """An open block, heading or link; of each the nearest counts."""

    def __init__(self, name: str, href: str = "") -> None:
        self.name = name
        self.href = href
        self.said: list[str] = []


class _Open(NamedTuple):
    """An open element, with what it stands in."""

    name: str
    block: _Element | None
    anchor: _Element | None
    heading: _Element | None
    unread: bool


class _Page:
    """What was read of a page so far."""

    def __init__(self) -> None:
        self.title: list[str] | None = None
        self._in_title = False
        self.pieces: list[str] = []
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
            # White space between blocks says nothing, and must not begin one.
            if not words.strip():
                return
            words = "\n\n" + words.lstrip()
            if block is not None and block is around.heading and not block.said:
                self.headings.append((self._length + 2, block))
        if around.heading is not None:
            around.heading.said.append(words)
        if anchor is not None and anchor is not self._last_anchor:
            self.links.append((self._length + len(words) - len(words.lstrip()), anchor.href))
        self._last_block, self._last_anchor = block, anchor
        self.pieces.append(words)
        self._length += len(words)


def read_html(data: bytes) -> tuple[str, str, Marks, Marks]:
    """Return (title or empty, text, links by address, headings). No HTML is too broken for that.

    Raises Unreadable for binary data.
    """
    refuse_binary(data)
    page = _Page()
    for part in parts(_decoded(data)):
        if isinstance(part, str):
            page.text(part)
        elif isinstance(part, End):
            page.end(part.name)
        else:
            page.start(part)
    headings = [(at, "".join(heading.said).strip()) for at, heading in page.headings]
    return "".join(page.title or ()), "".join(page.pieces), page.links, headings


def _decoded(data: bytes) -> str:
    """Decode by byte order mark, else by what the page says of itself, else as UTF-8, else as Windows Latin-1."""
    encodings = ["utf-8", "cp1252"]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings.insert(0, "utf-16")
    elif data.startswith(codecs.BOM_UTF8):
        encodings.insert(0, "utf-8-sig")
    elif said := _ENCODING.search(data, 0, _HEAD_BYTES):
        encodings.insert(0, _known(said[1].decode("ascii")))
    for encoding in encodings:
        try:
            return data.decode(encoding)
        # Some raise a plain ValueError; LookupError: what the name is of turns no bytes into text.
        except (LookupError, ValueError):
            pass
    return data.decode("utf-8", "replace")


def _known(said: str) -> str:
    try:
        name = codecs.lookup(said).name
    except LookupError:
        return "utf-8"
    return "utf-8" if name.replace("_", "-").startswith(_NOT_OF_PAGES) else name
