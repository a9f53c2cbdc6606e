"""HTML tokenizer: yields tags and texts, in time linear in the length of the page.

The standard library's ``html.parser`` starts over at every ``<`` of a construct that is never closed, so 100 KB of
``<a`` and a space take it minutes. Here a delimiter that was not found once is never searched for again, and each
pattern consumes what it has matched.

Pages are read as browsers read them, except for constructs that are never closed, which are kept as text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

_NAME = re.compile(r"[A-Za-z][^\s/>]*+")
_SPACE = re.compile(r"[\s/]*+")
_ATTRIBUTE = re.compile(r"[^\s/>][^\s/>=]*+")
_EQUALS = re.compile(r"\s*+=\s*+")
_UNQUOTED = re.compile(r"[^\s>]*+")
# More digits than these name no character, and int() refuses more than 4,300 of them.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,8}+|#[xX][0-9a-fA-F]{1,8}+|[A-Za-z][A-Za-z0-9]{0,31}+);?")
# Up to their own end tag, the content of these is not markup.
_RAW_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style")}
_ASKED = """
alt aria-hidden aria-label checked class colspan content datetime hidden href id itemprop lang name open property role
rowspan shadowrootmode style title type xml:lang
"""
ATTRIBUTES = frozenset(_ASKED.split())
"""Attributes that are kept; the page readers need no others."""


class Start(NamedTuple):
    """A start tag."""

    name: str
    """Name of the element in lower case."""
    attributes: dict[str, str]
    """Values of the :data:`ATTRIBUTES` by name; a repeated attribute has its first value."""
    closed: bool
    """Whether the tag closes itself, as in ``<br/>``."""


class End(NamedTuple):
    """An end tag."""

    name: str


def parts(text: str) -> Iterator[Start | End | str]:
    """Yield the tags and texts of a page in order.

    Style sheets are included; comments, declarations and scripts are not.
    """
    return _Reader(text).parts()


def unescape(text: str) -> str:
    """Replace character references such as ``&amp;`` with their characters."""
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


class _Reader:
    """Reads one page once, from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._missing: set[str] = set()

    def parts(self) -> Iterator[Start | End | str]:
        text, at = self._text, 0
        while at < len(text):
            tag = text.find("<", at)
            # A lone "<" is text.
            while tag >= 0 and not (text[tag + 1 : tag + 2].isascii() and text[tag + 1 : tag + 2].isalpha()):
                if text[tag + 1 : tag + 2] in ("!", "?", "/"):
                    break
                tag = text.find("<", tag + 1)
            if tag < 0:
                yield unescape(text[at:])
                return
            if tag > at:
                yield unescape(text[at:tag])
            part, at = self._construct(tag)
            if part is not None:
                yield part
            if isinstance(part, Start) and part.name in _RAW_END and not part.closed:
                close = _RAW_END[part.name].search(text, at)
                end = close.start() if close else len(text)
                if part.name == "style" and end > at:
                    yield text[at:end]
                at = end

    def _construct(self, at: int) -> tuple[Start | End | str | None, int]:
        """Return the tag that begins with the "<" at offset ``at``, and the offset where the tag ends.

        A "<" that begins no tag is returned as text. None stands for a comment, declaration or the like, which is left
        out.
        """
        text = self._text
        if text.startswith("<!--", at):
            end = self._find("-->", at + 2)
            if end >= 0:
                return None, end + 3
        if text.startswith("<![CDATA[", at):
            end = self._find("]]>", at)
            if end >= 0:
                return None, end + 3
        if text[at + 1] in "!?":
            end = self._find(">", at)
            return (None, end + 1) if end >= 0 else ("<", at + 1)
        if text[at + 1] == "/":
            end = self._find(">", at)
            if end < 0:
                return "<", at + 1
            name = _NAME.match(text, at + 2)
            return (End(name[0].lower()) if name else None), end + 1
        return self._start(at)

    def _start(self, at: int) -> tuple[Start | str, int]:
        text = self._text
        # Without a later ">" this is no tag, and neither is what follows: checked first, since a name may be long.
        name = _NAME.match(text, at + 1) if self._find(">", at) >= 0 else None
        if name is None:
            return "<", at + 1
        attributes: dict[str, str] = {}
        end = name.end()
        while True:
            before, end = end, self._after(_SPACE, end)
            if end >= len(text) or text[end] == ">":
                closed = text[before:end].endswith("/")
                return Start(name[0].lower(), attributes, closed), min(end + 1, len(text))
            key, end = text[end : (after := self._after(_ATTRIBUTE, end))].lower(), after
            value = ""
            if equals := _EQUALS.match(text, end):
                value, end = self._value(equals.end())
            if key in ATTRIBUTES:
                attributes.setdefault(key, unescape(value))

    def _value(self, at: int) -> tuple[str, int]:
        """Return the value of an attribute, and the offset where it ends.

        A quote that is never closed is an ordinary character.
        """
        quote = self._text[at : at + 1]
        if quote and quote in "\"'" and (end := self._find(quote, at + 1)) >= 0:
            return self._text[at + 1 : end], end + 1
        end = self._after(_UNQUOTED, at)
        return self._text[at:end], end

    def _after(self, pattern: re.Pattern[str], at: int) -> int:
        found = pattern.match(self._text, at)
        return found.end() if found else at

    def _find(self, what: str, at: int) -> int:
        """Return the offset of ``what`` at or after ``at``, or -1 like ``str.find``.

        A string that was not found once cannot occur later, so it is not searched for again.
        """
        if what in self._missing:
            return -1
        found = self._text.find(what, at)
        if found < 0:
            self._missing.add(what)
        return found
