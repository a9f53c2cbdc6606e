"""Builds a Markdown text line by line, for the readers of other markup languages."""

from __future__ import annotations

from collections.abc import Sequence


class LineWriter:
    """The lines written so far, with their headings and links."""

    def __init__(self) -> None:
        self.headings: list[tuple[int, str]] = []
        """(offset in the text, heading as written)"""
        self.links: list[tuple[int, str]] = []
        """(offset in the text, address)"""
        self._lines: list[str] = []
        self._length = 0

    def line(self, text: str, links: Sequence[tuple[int, str]] = ()) -> None:
        """Append one or more lines. ``links``: pairs (offset in ``text``, address).

        Of blank lines in a row one is kept.
        """
        text = text.rstrip()
        if not text and not (self._lines and self._lines[-1]):
            return
        self.links += [(self._length + at, address) for at, address in links]
        self._lines.append(text)
        self._length += len(text) + 1

    def heading(self, level: int, text: str, name: str = "", links: Sequence[tuple[int, str]] = ()) -> None:
        """Append a heading between blank lines. ``name``: what to record instead of ``text``, or "" for ``text``."""
        self.line("")
        self.headings.append((self._length, name or text))
        mark = "#" * min(max(level, 1), 6) + " "
        self.line(mark + text, [(len(mark) + at, address) for at, address in links])
        self.line("")

    def code(self, lines: Sequence[str], language: str = "") -> None:
        """Append a block of code."""
        self.line("")
        # As they are, blank ones too.
        text = "\n".join((f"```{language}", *lines, "```"))
        self._lines.append(text)
        self._length += len(text) + 1
        self.line("")

    def text(self) -> str:
        """Return all lines as one text."""
        return "\n".join(self._lines)
