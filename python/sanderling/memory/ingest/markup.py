"""HTML text in, its tags and the text between them out, one after another, in time linear in its length.

No standard parser will do: ``html.parser`` of the Pythons we run on starts over at every ``<`` of a construct that is
never closed, so 100 KB of ``<a `` take it minutes. Here whatever was looked for and is not there is remembered as
missing, and never looked for again, and each pattern consumes what it has matched.

Read as browsers do, but for constructs that are never closed, whose text is kept as text.
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
# Digits beyond these are no character; int() refuses more than 4,300 of them.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,8}+|#[xX][0-9a-fA-F]{1,8}+|[A-Za-z][A-Za-z0-9]{0,31}+);?")
# What stands in these is no markup, up to their own end tag.
_RAW_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style")}


class Start(NamedTuple):
    """A start tag."""

    name: str
    """In lower case."""
    href: str | None
    """Where it leads; None: it has no such attribute."""
    closed: bool
    """It ends itself, as in ``<br/>``."""


class End(NamedTuple):
    """An end tag."""

    name: str


def parts(text: str) -> Iterator[Start | End | str]:
    """Yield the tags and the texts of a page in order; comments, declarations and scripts are left out."""
    return _Reader(text).parts()


def unescape(text: str) -> str:
    """Return ``text`` with references such as ``&amp;`` replaced by their characters."""
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text)


class _Reader:
    """One pass over one page."""

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
                end = _RAW_END[part.name].search(text, at)
                at = end.start() if end else len(text)

    def _construct(self, at: int) -> tuple[Start | End | str | None, int]:
        """Read what begins with the "<" at ``at``; return it, None for what says nothing, and where it ends."""
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
        # Without any ">" to come this is no tag, and neither is what follows: asked first, since a name may be long.
        name = _NAME.match(text, at + 1) if self._find(">", at) >= 0 else None
        if name is None:
            return "<", at + 1
        href: str | None = None
        end = name.end()
        while True:
            before, end = end, self._after(_SPACE, end)
            if end >= len(text) or text[end] == ">":
                return Start(name[0].lower(), href, closed=text[before:end].endswith("/")), min(end + 1, len(text))
            key, end = text[end : (after := self._after(_ATTRIBUTE, end))], after
            if equals := _EQUALS.match(text, end):
                value, end = self._value(equals.end())
                if href is None and key.lower() == "href":
                    href = unescape(value)
            elif href is None and key.lower() == "href":
                href = ""

    def _value(self, at: int) -> tuple[str, int]:
        """The value of an attribute, and where it ends. A quote that is never closed is a character like others."""
        quote = self._text[at : at + 1]
        if quote and quote in "\"'" and (end := self._find(quote, at + 1)) >= 0:
            return self._text[at + 1 : end], end + 1
        end = self._after(_UNQUOTED, at)
        return self._text[at:end], end

    def _after(self, pattern: re.Pattern[str], at: int) -> int:
        found = pattern.match(self._text, at)
        return found.end() if found else at

    def _find(self, what: str, at: int) -> int:
        """As ``str.find``, once only for what is not there: from a later place it cannot be there either."""
        if what in self._missing:
            return -1
        found = self._text.find(what, at)
        if found < 0:
            self._missing.add(what)
        return found
