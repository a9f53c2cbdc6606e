"""Undo the line breaks of hard-wrapped text, which an editor put where the next word no longer fitted.

Lines that a writer ended, as in lists, addresses and poems, stay apart: in wrapped text every line is so long that the
first word of the next one would make it the longest.
"""

from __future__ import annotations

import re
from itertools import pairwise

MIN_WIDTH = 40
"""Characters; nobody wraps prose to fewer."""

# What begins a line of another kind: a list, a heading, a quote, a row, code, a property.
_MARK = re.compile(r"[ \t]*+(?:[-*+#>|`~=]|[0-9]{1,9}[.)]|[\w -]{1,60}::|\[\^?[^\]\n]{0,200}+\]:)")


def unwrapped(text: str) -> str:
    """Return ``text`` with blanks for the line breaks inside its wrapped paragraphs; nothing else changes."""
    if "\n" not in text:
        return text
    found: list[str] = []
    paragraph: list[str] = []
    for line in text.split("\n"):
        # Indented lines are code, unless a paragraph or an item goes on.
        if not line.strip() or _MARK.match(line) or (not paragraph and line.startswith(("    ", "\t"))):
            found += _joined(paragraph)
            # A list's item may be wrapped too.
            paragraph = [line] if line.strip() and line.lstrip()[:1] in "-*+0123456789" else []
            if not paragraph:
                found.append(line)
        else:
            paragraph.append(line)
    return "\n".join([*found, *_joined(paragraph)])


def _joined(lines: list[str]) -> list[str]:
    """Return the lines of a paragraph as one if it was wrapped, else as they are."""
    if len(lines) < 2:
        return lines
    width = max(map(len, lines))
    filled = all(
        len(line.rstrip()) + 1 + len(following.split(maxsplit=1)[0]) > width for line, following in pairwise(lines)
    )
    goes_on = any(line.lstrip()[0].isalpha() and not line.lstrip()[0].isupper() for line in lines[1:])
    if width < MIN_WIDTH or not filled or not goes_on:
        return lines
    return [" ".join([lines[0].rstrip(), *(line.strip() for line in lines[1:])])]
