"""Join the lines of wrapped paragraphs with blanks, and keep all other line ends.

A program that wraps text breaks a line where the next word would not have fitted. So a paragraph is wrapped if that is
true of all of its line ends, and if a line goes on with a small letter. Short lines (verses, addresses), lists, tables,
headings and quotes stay as they are.
"""

from __future__ import annotations

from . import script
from .lazy_pattern import lazy_pattern

LEAST_WIDTH = 40
MOST_WIDTH = 130
"""Widest wrapped text, in characters; in longer lines each line end was set by hand."""
LEAST_UNSPACED_WIDTH = 20
"""Narrowest wrapped text in a script without blanks between words."""
_ALONE = lazy_pattern(r"\s*+(?:[#>|]|```|~~~|:::|[-=*_]{3,}+\s*+$)|.*?(?:\||\t|\S {2,}+\S)")
"""Matches a line that neither continues nor is continued: heading, quote, table, fence."""
_ITEM = lazy_pattern(r"\s*+(?:[-*+\u2022\u2023\u25e6\u2013\u2014]|\d{1,3}+[.)]|[A-Za-z][.)]|\[[^\]]{0,3}\])\s")
_FORCED = (" ", "\\", ":")
"""Matches the end of a line broken on purpose: two blanks or a backslash of Markdown, and a colon."""
_UNSPACED = lazy_pattern(f"[{script.UNSPACED}\u3000-\u303f\uff00-\uffef]")


def unwrapped(text: str) -> str:
    """Return ``text`` with blanks in place of the line ends inside wrapped paragraphs.

    Where no blank stands between words (Chinese, or behind a hyphen) the line end is taken out.
    """
    if "\n" not in text:
        return text
    found: list[str] = []
    paragraph: list[str] = []
    for line in text.split("\n"):
        alone = not line.strip() or _ALONE.match(line)
        if paragraph and (alone or _ITEM.match(line)):
            found += _joined(paragraph)
            paragraph = []
        if alone:
            found.append(line)
        else:
            paragraph.append(line)
    return "\n".join(found + _joined(paragraph))


def _joined(lines: list[str]) -> list[str]:
    """Return the lines of a paragraph, as one line if they are wrapped."""
    if len(lines) < 2 or not _is_wrapped(lines):
        return lines
    whole = lines[0].rstrip()
    for line in map(str.strip, lines[1:]):
        tight = _UNSPACED.match(whole[-1]) and _UNSPACED.match(line[0])
        whole += line if tight or (whole[-1] in "-\u2010" and whole[-2:-1].isalpha()) else f" {line}"
    return [whole]


def _is_wrapped(lines: list[str]) -> bool:
    bare = [line.strip() for line in lines]
    width = max(map(len, bare))
    unspaced = all(_UNSPACED.match(line[-1]) for line in bare[:-1])
    if not (LEAST_UNSPACED_WIDTH if unspaced else LEAST_WIDTH) <= width <= MOST_WIDTH:
        return False
    for line, raw, after in zip(bare[:-1], lines[:-1], bare[1:], strict=True):
        word = 2 if unspaced else len(after.split(maxsplit=1)[0])
        if len(line) + 1 + word <= width or raw.endswith(_FORCED):
            return False
    return any(not line[0].isupper() for line in bare[1:])
