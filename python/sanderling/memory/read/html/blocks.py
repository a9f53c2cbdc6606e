"""The text of a page in reading order: paragraphs with their links and headings."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ....text.clean import clean

_SPACE = re.compile(r"\s+")
# Where a word may be broken: soft hyphens and spaces of no width.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\ufeff"))

Marks = list[tuple[int, str]]
"""(offset in the text, address or heading)"""


class Block:
    """A paragraph, a heading, a cell or a table."""

    def __init__(self, level: int, name: str, heading: object = None, *, tight: bool = False) -> None:
        """Begin a block. ``level``: the level of its text.

        ``heading``: the heading that it is part of. ``tight``: no empty line before it.
        """
        self.level = level
        self.name = name
        self.tight = tight
        self.heading = heading
        self.links: Marks = []
        self.linked_length = 0
        self.length = 0
        self._parts: list[str] = []
        self._ends_blank = True

    def add(self, text: str, *, link: str | None, as_written: bool) -> None:
        """Append ``text``. ``link``: the address of a link that begins here."""
        words = text if text.isascii() and "\r" not in text else clean(text).translate(_INVISIBLE)
        if not as_written:
            words = _SPACE.sub(" ", words)
        if self._ends_blank and not (as_written and self.length):
            words = words.lstrip()
        if not words:
            return
        if link is not None:
            self.links.append((self.length + len(words) - len(words.lstrip()), link))
        self._append(words)

    def line_end(self) -> None:
        """Begin a new line; at most two line breaks follow one another."""
        if not self.length:
            return
        last = self._parts.pop()
        kept = last.rstrip(" ")
        self.length -= len(last) - len(kept)
        self._parts.append(kept)
        if self._parts[-2:] != ["\n", "\n"]:
            self._append("\n")

    def _append(self, words: str) -> None:
        self._parts.append(words)
        self.length += len(words)
        self._ends_blank = words[-1].isspace()

    def text(self) -> str:
        """Return the text, without white space at its end and around its lines; preformatted lines keep theirs."""
        whole = "".join(self._parts)
        # Offsets of links hold: only what follows a link's first letter is shortened by more than blanks at line ends.
        return whole.rstrip()


def joined(blocks: Iterable[Block]) -> tuple[str, Marks, Marks]:
    """Return the text of ``blocks``, its links and its headings."""
    texts: list[str] = []
    links: Marks = []
    headings: Marks = []
    heading: object = None
    at = 0
    for block in blocks:
        text = block.text()
        if not text:
            continue
        if texts:
            gap = "\n" if block.tight else "\n\n"
            texts.append(gap)
            at += len(gap)
        links += [(at + min(offset, len(text)), href) for offset, href in block.links]
        if block.heading is not None:
            if block.heading is not heading:
                heading = block.heading
                headings.append((at, ""))
            headings[-1] = headings[-1][0], f"{headings[-1][1]} {' '.join(text.split())}".strip()
        texts.append(text)
        at += len(text)
    return "".join(texts), links, headings
