"""RTF reader (WordPad, TextEdit, old Word): headings, paragraphs, tables, footnotes and links."""

from __future__ import annotations

import copy
import re

from ....records import NodeMetadata
from ....text.clean import Unreadable
from ..document import Content
from .open_tables import OpenTables
from .outline import Outline, Paragraph
from .rtf_words import CHARSETS, SIGNS, TOKEN, UNREAD, known_encoding

MAX_DEPTH = 1000


class _Group:
    """The settings inside one pair of braces."""

    def __init__(self) -> None:
        self.kind = "text"
        """text, unread, fonttbl, stylesheet, title, footnote or field, the instruction of which names a link"""
        self.encoding = ""
        self.replaced = 1
        """Signs after a Unicode sign that stand in for it."""


def read_rtf(data: bytes) -> Content:
    """Return the content of an RTF document, with the document's stated title.

    Raises Unreadable for anything else, and for groups nested too deeply.
    """
    if not data.lstrip().startswith(b"{\\rtf"):
        raise Unreadable("a broken file (no RTF)")
    document = _Document()
    at = 0
    while at < len(data):
        token = TOKEN.match(data, at)
        if token is None:
            at += 1
            continue
        at = token.end() + document.take(token)
    return document.content()


class _Document:
    """An RTF document being read."""

    def __init__(self) -> None:
        self._outline = Outline()
        self._tables = OpenTables()
        self._paragraph = Paragraph()
        self._groups = [_Group()]
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._level: int | None = None
        self._style = 0
        self._style_name = ""
        self._levels: dict[int, int] = {}
        self._in_row = self._in_table = False
        self._bytes = bytearray()
        self._to_skip = 0
        self._title: list[str] = []
        self._instruction: list[str] = []

    def content(self) -> Content:
        self._end_paragraph()
        self._end_table()
        return self._outline.content(" ".join("".join(self._title).split()), NodeMetadata())

    def take(self, token: re.Match[bytes]) -> int:
        """Read a token; return how many bytes to skip after it."""
        word, number, hexadecimal, sign, brace, text = token.groups()
        if hexadecimal:
            self._octets(bytes([int(hexadecimal, 16)]))
        elif text:
            self._octets(text)
        elif brace:
            self._brace(brace)
        elif sign:
            self._sign(sign)
        elif word:
            return self._word(word.decode("ascii"), int(number) if number else None)
        return 0

    def _brace(self, brace: bytes) -> None:
        self._flush()
        if brace == b"{":
            if len(self._groups) >= MAX_DEPTH:
                raise Unreadable("nested too deeply")
            self._groups.append(copy.copy(self._groups[-1]))
            return
        if len(self._groups) > 1:
            ended = self._groups.pop()
            if ended.kind == "footnote" and self._groups[-1].kind != "footnote":
                self._paragraph.add("]")

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._groups[-1].kind = "unread"
        elif sign in (b"~", b"_"):
            self._say(" " if sign == b"~" else "-")
        elif sign in (b"\n", b"\r"):
            self._end_paragraph()
        elif sign in (b"\\", b"{", b"}"):
            self._octets(sign)

    def _word(self, word: str, number: int | None) -> int:
        group = self._groups[-1]
        if word == "bin":
            return max(number or 0, 0)
        if word == "u" and number is not None:
            self._flush()
            code = number + 65536 if number < 0 else number
            # Signs of a font of symbols stand before items of lists.
            self._say("\u2022" if 0xF000 <= code < 0xF100 else chr(code) if code < 0x110000 else "\ufffd")
            self._to_skip = group.replaced
        elif word == "uc":
            group.replaced = min(max(number or 0, 0), 100)
        elif word == "ansicpg" and number:
            self._encoding = known_encoding(f"cp{number}") or self._encoding
        elif word == "fldinst":
            group.kind, self._instruction = "field", []
        elif word == "fldrslt":
            group.kind = "text"
            self._link()
        elif word in UNREAD:
            group.kind = "unread"
        elif word == "footnote" and self._groups[-2:][0].kind != "unread":
            # Marked as what old programs may pass over.
            self._flush()
            self._paragraph.add(" [")
            group.kind = "footnote"
        elif group.kind == "stylesheet":
            self._style = number or 0 if word == "s" else self._style
        elif group.kind == "fonttbl":
            self._font_of(word, number)
        elif word in ("fonttbl", "stylesheet", "title"):
            group.kind = word
        elif group.kind != "unread":
            self._in_text(word, number, group)
        return 0

    def _in_text(self, word: str, number: int | None, group: _Group) -> None:
        if word in SIGNS:
            self._flush()
            self._say(SIGNS[word])
        elif word == "f":
            self._flush()
            group.encoding = self._fonts.get(number or 0, "")
        elif word in ("par", "sect", "page") and group.kind == "footnote":
            self._say(" ")
        elif word in ("par", "sect", "page"):
            self._end_paragraph()
        elif word == "pard":
            self._flush()
            self._level, self._in_row = None, False
        elif word == "outlinelevel" and number is not None and 0 <= number < 9:
            self._level = number + 1
        elif word == "s":
            self._level = self._levels.get(number or 0)
        elif word == "intbl":
            self._in_row = True
        elif word == "trowd" and not self._in_table:
            self._end_paragraph()
            self._tables.begin()
            self._tables.row()
            self._in_table = self._in_row = True
        elif word == "cell" and self._in_table:
            self._flush()
            self._tables.cell()
            self._tables.take(" ".join(self._paragraph.read()[0].split()))
            self._paragraph = Paragraph()
        elif word == "row" and self._in_table:
            self._tables.row()

    def _font_of(self, word: str, number: int | None) -> None:
        if word == "f":
            self._font = number or 0
        elif word == "fcharset" and number in CHARSETS:
            self._fonts[self._font] = CHARSETS[number]

    def _octets(self, octets: bytes) -> None:
        passed = min(self._to_skip, len(octets))
        self._to_skip -= passed
        self._bytes += octets[passed:]

    def _flush(self) -> None:
        """Decode the collected bytes and add them to the text. Letters of two bytes may come as two tokens."""
        octets, self._bytes = bytes(self._bytes), bytearray()
        self._to_skip = 0
        if octets:
            self._say(octets.decode(self._groups[-1].encoding or self._encoding, "replace"))

    def _say(self, text: str) -> None:
        if self._bytes:
            self._flush()
        kind = self._groups[-1].kind
        if kind in ("text", "footnote"):
            self._paragraph.add(text)
        elif kind == "stylesheet":
            self._name_style(text)
        elif kind == "title":
            self._title.append(text)
        elif kind == "field":
            self._instruction.append(text)

    def _name_style(self, text: str) -> None:
        """Read part of a style's name, which ends with a semicolon."""
        self._style_name = (self._style_name + text)[:100]
        if self._style_name.endswith(";"):
            name = self._style_name[:-1].strip().lower()
            if name.startswith("heading ") and len(name) == 9 and name[8] in "123456789":
                self._levels[self._style] = int(name[8])
            elif name == "title":
                self._levels[self._style] = 1
            self._style, self._style_name = 0, ""

    def _link(self) -> None:
        words = "".join(self._instruction).split('"')
        if words[0].strip() == "HYPERLINK" and len(words) > 1:
            self._paragraph.link(words[1])

    def _end_paragraph(self) -> None:
        self._flush()
        text = self._paragraph.read()[0]
        if self._in_table and self._in_row:
            # Several paragraphs of one cell.
            self._paragraph.add(" ")
            return
        if text:
            self._end_table()
            if self._level is not None:
                self._outline.heading(self._level, self._paragraph)
            else:
                self._outline.paragraph(self._paragraph)
        self._paragraph = Paragraph()

    def _end_table(self) -> None:
        if self._in_table:
            self._tables.end(self._outline)
            self._in_table = False
