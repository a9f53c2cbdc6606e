"""Remove the parts of a Markdown text that note programs hide.

These are Obsidian's comments, between ``%%`` and ``%%``, the ids of blocks (``^id`` at the end of a line), and the
properties that Logseq keeps for itself (``id::``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .code import Within
from .properties import OWN, REFERENCE

_BLOCK_ID = re.compile(
    r"(?:^|(?<=\S)[ \t]++)\^(?=[\w-]*[A-Za-z])([A-Za-z0-9][A-Za-z0-9-]{1,63}+)[ \t]*+$", re.MULTILINE
)
_COMMENT = re.compile(r"%%")


def shown(text: str, at: int, in_code: Within) -> tuple[str, list[tuple[int, str]] | None]:
    """Return ``text`` without its hidden parts, and (offset, ``^id``) of each block with an id.

    None instead of the ids: nothing was taken out.
    """
    gone = [(start, end, "") for start, end in _comments(text, at, in_code)] if "%%" in text else []
    if "::" in text:
        gone += ((own.start(), own.end(), "") for own in OWN.finditer(text, at) if not in_code(own.end() - 1))
    if "((" in text:
        gone += ((own.start(), own.end(), "") for own in REFERENCE.finditer(text, at) if not in_code(own.start()))
    if "^" in text:
        marks = (mark for mark in _BLOCK_ID.finditer(text, at) if not in_code(mark.start(1)))
        gone += ((mark.start(), mark.end(), f"^{mark[1]}") for mark in marks)
    if not gone:
        return text, None
    kept: list[str] = []
    ids: list[tuple[int, str]] = []
    length = end = 0
    for start, after, name in sorted(gone):
        if start < end:
            continue
        kept.append(text[end:start])
        length += start - end
        end = after
        if name:
            # The last character of the block: an id alone in its line is that of the block above.
            ids.append((max(length - 1, 0), name))
    return "".join(kept) + text[end:], ids


def _comments(text: str, at: int, in_code: Within) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each comment between two marks ``%%``.

    One that goes on over an empty line begins its line.
    """
    marks = [mark.start() for mark in _COMMENT.finditer(text, at) if not in_code(mark.start())]
    number = 0
    while number + 1 < len(marks):
        start, end = marks[number], marks[number + 1]
        line = text[text.rfind("\n", 0, start) + 1 : start] if text.find("\n\n", start, end) >= 0 else ""
        if line.strip(" \t>") or not (start == 0 or text[start - 1] in " \t\n(>"):
            number += 1
        else:
            yield start, end + 2
            number += 2
