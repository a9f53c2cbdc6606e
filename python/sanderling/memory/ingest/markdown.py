"""Markdown reader: extracts title, links, headings and metadata, and leaves the text unchanged."""

from __future__ import annotations

import re

from .document import Content
from .metadata import aliases_of, front_matter, front_matter_end, metadata_of

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]++(.+)")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
# Bounded, and without nested brackets, so that a file of nothing but brackets is still read in linear time.
_LINK = re.compile(r"(?<!!)\[[^\[\]]{0,500}+\]\(\s{0,9}+<?([^()<>\s]{1,2000}+)>?[^()\n]{0,200}+\)")
_LINK_TEXT = re.compile(r"\[([^\[\]]{0,500}+)\]\([^()\s]{0,2000}+\)")


def read_markdown(text: str) -> Content:
    """Return the content of a Markdown ``text``; its title is the first heading, else the front matter's title."""
    fields = front_matter(text)
    named = fields.get("title")
    headings = _headings(text, front_matter_end(text))
    metadata, warnings = metadata_of(fields)
    aliases, odd = aliases_of(fields)
    return Content(
        title=headings[0][1] if headings else named if isinstance(named, str) else "",
        text=text,
        links=[(match.start(), match[1]) for match in _LINK.finditer(text)],
        headings=headings,
        aliases=aliases,
        metadata=metadata,
        warnings=warnings + odd,
    )


def _headings(text: str, start: int) -> list[tuple[int, str]]:
    """Return (offset of the line, heading) for each heading at or after offset ``start``."""
    found: list[tuple[int, str]] = []
    fenced, at = False, start
    for line in text[start:].splitlines(keepends=True):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and (match := _HEADING.match(line.rstrip())):
            # Marks at the end close the heading; a heading of nothing else is called by the first of them.
            heading = match[1].rstrip("#").rstrip(" \t") or "#"
            found.append((at, re.sub(r"[*`]", "", _LINK_TEXT.sub(r"\1", heading))))
        at += len(line)
    return found
