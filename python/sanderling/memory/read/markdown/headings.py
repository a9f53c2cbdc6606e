"""The headings of a Markdown text: those of CommonMark, and ``<h1>`` to ``<h6>`` in HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..html.markup import parts, unescape
from .blocks import Block
from .code import unread

_IMAGE = re.compile(r"!\[[^\[\]]{0,500}+\](?:\([^()]{0,2000}+\)|\[[^\[\]]{0,500}+\])|!\[\[[^\[\]]{0,500}+\]\]")
_LINK_TEXT = re.compile(r"\[([^\[\]]{0,500}+)\](?:\([^()]{0,2000}+\)|\[[^\[\]]{0,500}+\])")
_WIKI_TEXT = re.compile(r"\[\[(?:[^\[\]|]{0,500}+\|)?([^\[\]|]{0,500}+)\]\]")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}+>")
_COMMENT = re.compile(r"<!--[^<>]{0,500}+>")
_MARKS = re.compile(r"[*`]|==|~~|(?<!\w)__|__(?!\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ATTRIBUTES = re.compile(r"[ \t]\{[#.][^{}]{0,200}+\}$")
_HTML_HEADING = re.compile(r"<h([1-6])(?:\s[^<>]{0,1000}+)?>|</h[1-6](?=[\s>])", re.IGNORECASE)


class Heading(NamedTuple):
    """A heading that has text."""

    at: int
    text: str
    level: int


def headings(text: str, found: list[Block]) -> Iterator[Heading]:
    """Yield the headings that have text, among the blocks ``found`` and in HTML."""
    for block in found:
        if block.kind == "heading":
            if heading := _plain(" ".join(block.lines)):
                yield Heading(block.start, heading, block.level)
        elif block.kind == "html" and not unread(block):
            opened: re.Match[str] | None = None
            for tag in _HTML_HEADING.finditer(text, block.start, block.end):
                if opened is not None and not tag[1]:
                    inside = "".join(part for part in parts(text[opened.end() : tag.start()]) if isinstance(part, str))
                    if heading := " ".join(inside.split()):
                        yield Heading(opened.start(), heading, int(opened[1]))
                opened = tag if tag[1] else None


def _plain(heading: str) -> str:
    """Return the words of a heading without their Markdown."""
    heading = _ATTRIBUTES.sub("", heading)
    if "[" in heading:
        heading = _LINK_TEXT.sub(r"\1", _WIKI_TEXT.sub(r"\1", _IMAGE.sub("", heading)))
    if "<" in heading:
        heading = _TAG.sub("", _COMMENT.sub("", heading))
    heading = unescape(_MARKS.sub("", heading))
    heading = _ESCAPE.sub(r"\1", heading) if "\\" in heading else heading
    return " ".join(heading.split())
