"""A Markdown text built from headings, paragraphs, list items and tables."""

from __future__ import annotations

from collections.abc import Sequence

from ....records import NodeMetadata
from ....text.clean import clean
from ....text.table import written
from ..document import Content

Links = list[tuple[int, str]]


class Paragraph:
    """A paragraph being read."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._links: Links = []
        self._length = 0

    def add(self, text: str) -> None:
        """Append ``text``."""
        text = clean(text)
        self._texts.append(text)
        self._length += len(text)

    def link(self, address: str) -> None:
        """Begin a link to ``address`` at the end of the text so far."""
        self._links.append((self._length, address))

    def read(self) -> tuple[str, Links]:
        """Return the paragraph's text without surrounding white space, and its links."""
        text = "".join(self._texts)
        before = len(text) - len(text.lstrip())
        return text.strip(), [(max(at - before, 0), address) for at, address in self._links]


class Outline:
    """A Markdown text that is built part by part."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._length = 0
        self._last = ""
        self.links: Links = []
        self.headings: list[tuple[int, str]] = []

    def heading(self, level: int, paragraph: Paragraph) -> None:
        """Append a heading of ``level`` 1 to 6; a deeper level becomes 6."""
        text = " ".join(paragraph.read()[0].split())
        if text:
            at = self._put("#" * min(max(level, 1), 6) + " " + text, "heading")
            self.headings.append((at, text))

    def paragraph(self, paragraph: Paragraph, mark: str = "", depth: int = 0) -> None:
        """Append a paragraph. One with a ``mark`` is a list item, ``depth`` lists deep."""
        text, links = paragraph.read()
        if not text:
            return
        if mark:
            indent = "  " * min(depth, 8)
            at = self._put(f"{indent}{mark} " + text.replace("\n", f"\n{indent}  "), "item")
            start = at + len(indent) + len(mark) + 1
        else:
            at = start = self._put(text, "paragraph")
        self.links += [(start + offset, address) for offset, address in links]

    def code(self, paragraph: Paragraph) -> None:
        """Append code, to the code block just before if there is one."""
        text = paragraph.read()[0]
        if text:
            self._put(text if self._last == "code" else f"```\n{text}", "code")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Append a table with ``rows[0]`` as its header. A table of a single cell or column becomes paragraphs."""
        rows = [row for row in rows if any(map(str.strip, row))]
        columns = max(map(len, rows), default=0)
        if columns < 2:
            for row in rows:
                self._put(" ".join(row[0].split()), "paragraph")
        elif len(rows) == 1:
            self._put(written(rows), "table")
        else:
            full = [[*row, *[""] * (columns - len(row))] for row in rows]
            self._put(written(full[1:], full[0]), "table")

    def content(self, title: str, metadata: NodeMetadata, warnings: tuple[str, ...] = ()) -> Content:
        """Return the content read so far."""
        self._end_code()
        return Content(
            title=title,
            text="".join(self._texts),
            links=self.links,
            headings=self.headings,
            metadata=metadata,
            warnings=warnings,
        )

    def _put(self, text: str, kind: str) -> int:
        """Append a part and return its offset. Items of a list and lines of code stand under one another."""
        if kind != "code":
            self._end_code()
        between = "" if not self._texts else "\n" if kind == self._last and kind in ("item", "code") else "\n\n"
        self._last = kind
        at = self._length + len(between)
        self._texts += [between, text]
        self._length = at + len(text)
        return at

    def _end_code(self) -> None:
        if self._last == "code":
            self._texts.append("\n```")
            self._length += 4
            self._last = ""
