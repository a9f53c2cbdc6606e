"""Find the blocks of a Markdown text in one pass, as in CommonMark. Blocks are headings, code, HTML and paragraphs.

``markdown-it-py`` finds the same, and the tests hold this to it; a megabyte takes it 1 s and 90 MB of objects, ten
times what is taken here. Only what the reader needs is told apart: lists and quotes are containers that decide what
their lines are, and reference definitions and tables count as paragraphs.
"""

from __future__ import annotations

import re
from typing import Literal

from .html_blocks import html_end

Kind = Literal["paragraph", "heading", "code", "html"]

MAX_DEPTH = 20
"""Deepest nesting of containers; deeper ones are text. A line would take time by its own depth and all others'."""

_ATX = re.compile(r"#{1,6}(?=[ \t]|$)")
_FENCE = re.compile(r"(`{3,})[^`]*+$|(~{3,})")
_MARKER = re.compile(r"(?:[-+*]|([0-9]{1,9})[.)])(?= |$)")
_BREAK = re.compile(r"(?:\*[ \t]*+){3,}$|(?:-[ \t]*+){3,}$|(?:_[ \t]*+){3,}$")
_UNDERLINE = re.compile(r"(?:=++|-++)[ \t]*+$")
_DEFINITION = re.compile(r"\[(?:[^\[\]\\]|\\.){1,999}+\]:[ \t]*+\S")


class Block:
    """A block of lines of one kind."""

    def __init__(self, kind: Kind, start: int, level: int = 0) -> None:
        """Begin a block at the offset ``start`` of the text."""
        self.kind = kind
        self.start = start
        """Offset of its first line, with the marks of lists and quotes before it."""
        self.end = start
        """Offset behind its last line."""
        self.level = level
        """Of a heading, 1 to 6; 0: none."""
        self.lines: list[str] = []
        """Of a heading, paragraph or HTML: its lines without the marks of lists and quotes."""
        self.defines = True
        """Whether all lines of a paragraph define references, as ``[name]: address``: no heading is made of those."""

    @property
    def text(self) -> str:
        """The text of the block; a heading without its marks."""
        return "\n".join(self.lines)


def blocks(text: str, at: int = 0) -> list[Block]:
    """Return the blocks of ``text`` from the offset ``at`` on. A line begins there.

    Lines end in line feeds only.
    """
    scanner = _Scanner()
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        scanner.line(at, text[at:end], end)
        at = end + 1
    return scanner.found


class _Item:
    """A quote, or an item of a list."""

    def __init__(self, width: int, *, empty: bool = False) -> None:
        self.width = width
        """Columns that its lines are indented by; 0: a quote."""
        self.empty = empty


class _Scanner:
    """Takes the lines of a text one by one."""

    def __init__(self) -> None:
        self.found: list[Block] = []
        self._containers: list[_Item] = []
        # What a line may continue; None: nothing.
        self._open: Block | None = None
        self._fence = ("", 0)
        self._html_end: str | re.Pattern[str] = ""

    def line(self, start: int, line: str, end: int) -> None:
        """Process the line from offset ``start`` to ``end``."""
        open_ = self._open
        # Most lines begin with a letter and are of paragraphs outside of lists.
        if not self._containers and line[:1].isalpha() and (open_ is None or open_.kind == "paragraph"):
            self._paragraph(start, line, end)
            return
        if "\t" in line:
            line = line.expandtabs(4)
        at, matched = self._matched(line)
        lazy = matched < len(self._containers)
        if open_ is not None and open_.kind != "paragraph" and not lazy and self._goes_on(open_, line, at, end):
            return
        if open_ is not None and open_.kind != "paragraph":
            open_ = self._open = None
        at, began = self._new_containers(line, at, matched, lazy=lazy)
        if began:
            open_, lazy = None, False
        rest = line[at:].lstrip(" ")
        indent = len(line) - at - len(rest)
        if not rest:
            self._blank(matched, began=began)
        elif indent >= 4 and (open_ is None or open_.defines):
            self._close(matched, began=began)
            self._begin("code", start, end)
        elif indent >= 4 or not self._leaf(start, rest, end, matched, began=began, lazy=lazy):
            if open_ is None:
                self._close(matched, began=began)
            self._paragraph(start, rest, end)
        if rest:
            for container in self._containers:
                container.empty = False

    def _matched(self, line: str) -> tuple[int, int]:
        """Return where the content of ``line`` begins, and the number of open containers it continues."""
        at = matched = 0
        blank = not line.strip(" ")
        for container in self._containers:
            if container.width == 0:
                rest = line[at:].lstrip(" ")
                indent = len(line) - at - len(rest)
                if indent > 3 or not rest.startswith(">"):
                    break
                at += indent + 1
                at += line[at : at + 1] == " "
                blank = not line[at:].strip(" ")
            elif blank:
                # An item may begin with one empty line, not with two.
                if container.empty:
                    break
                at = min(at + container.width, len(line))
            elif line[at : at + container.width].isspace():
                at += container.width
            else:
                break
            matched += 1
        return at, matched

    def _goes_on(self, block: Block, line: str, at: int, end: int) -> bool:
        """Whether ``line`` continues the open block of code or HTML; if so, add it to the block.

        The line belongs to all open containers.
        """
        rest = line[at:].lstrip(" ")
        indent = len(line) - at - len(rest)
        mark, length = self._fence
        if block.kind == "html":
            if self._html_end == "":
                if not rest:
                    return False
            elif self._ends(line[at:]):
                self._open = None
            block.lines.append(line[at:])
        elif mark:
            if indent < 4 and rest.startswith(mark * length) and not rest.strip(" ").strip(mark):
                self._open, self._fence = None, ("", 0)
        elif rest and indent < 4:
            return False
        block.end = end
        return True

    def _new_containers(self, line: str, at: int, matched: int, *, lazy: bool) -> tuple[int, bool]:
        """Open the containers that begin in ``line``; return where its content begins, and whether any opened."""
        began = False
        # A paragraph that goes on is not interrupted by every list.
        going_on = self._open is not None and not self._open.defines and not lazy
        while True:
            rest = line[at:].lstrip(" ")
            indent = len(line) - at - len(rest)
            if indent > 3 or not rest or (len(self._containers) if began else matched) >= MAX_DEPTH:
                return at, began
            if rest[0] == ">":
                self._close(matched, began=began)
                at += indent + 1
                at += line[at : at + 1] == " "
                self._containers.append(_Item(0))
            else:
                marker = _MARKER.match(rest)
                if marker is None or _BREAK.match(rest) or (going_on and _UNDERLINE.match(rest)):
                    return at, began
                content = rest[marker.end() :].lstrip(" ")
                if going_on and (not content or marker[1] not in (None, "1")):
                    return at, began
                self._close(matched, began=began)
                blanks = len(rest) - marker.end() - len(content)
                width = marker.end() + (blanks if content and blanks < 5 else 1)
                self._containers.append(_Item(indent + width, empty=not content))
                at = min(at + indent + width, len(line))
            began, going_on = True, False

    def _leaf(self, start: int, rest: str, end: int, matched: int, *, began: bool, lazy: bool) -> bool:
        """Begin or end a block with a line indented by less than 4; return False for a line of a paragraph."""
        paragraph = None if began else self._open
        first = rest[0]
        if first == "#" and (mark := _ATX.match(rest)):
            self._close(matched, began=began)
            heading = self._begin("heading", start, end, len(mark[0]))
            heading.lines.append(_without_closing(rest[mark.end() :]))
            self._open = None
        elif first in "`~" and (fence := _FENCE.match(rest)):
            self._close(matched, began=began)
            self._begin("code", start, end)
            self._fence = (first, len(fence[1] or fence[2]))
        elif first == "<" and (ends := html_end(rest, new=paragraph is None or paragraph.defines)) is not None:
            self._close(matched, began=began)
            self._begin("html", start, end).lines.append(rest)
            self._html_end = ends
            if ends != "" and self._ends(rest):
                self._open = None
        elif paragraph is not None and not lazy and not paragraph.defines and _UNDERLINE.match(rest):
            paragraph.kind, paragraph.level, paragraph.end = "heading", 1 if first == "=" else 2, end
            self._open = None
        elif first in "*-_" and _BREAK.match(rest):
            self._close(matched, began=began)
        else:
            return False
        return True

    def _ends(self, line: str) -> bool:
        end = self._html_end
        return end in line if isinstance(end, str) else end.search(line) is not None

    def _blank(self, matched: int, *, began: bool) -> None:
        if not began:
            self._close(matched, began=False)

    def _close(self, matched: int, *, began: bool) -> None:
        """Close the open block, and the containers that the line does not continue."""
        if not began:
            del self._containers[matched:]
        self._open = None
        self._fence = ("", 0)

    def _begin(self, kind: Kind, start: int, end: int, level: int = 0) -> Block:
        block = Block(kind, start, level)
        block.end = end
        self.found.append(block)
        self._open = block
        return block

    def _paragraph(self, start: int, rest: str, end: int) -> None:
        """Add a line to the open paragraph, or begin one."""
        block, defines = self._open, _DEFINITION.match(rest) is not None
        # What comes behind definitions is a paragraph of its own.
        if block is None or (block.defines and not defines):
            block = self._begin("paragraph", start, end)
        block.lines.append(rest)
        block.defines = block.defines and defines
        block.end = end


def _without_closing(heading: str) -> str:
    """Return the text of a heading without its closing marks."""
    heading = heading.strip(" \t")
    bare = heading.rstrip("#")
    return bare.rstrip(" \t") if not bare or bare[-1] in " \t" else heading
