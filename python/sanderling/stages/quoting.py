"""Texts of notes in, the same texts out with every line marked that looks like a line of our own prompt.

A model tells a note from the prompt around it by how lines begin; a note that begins one as we do could forge a block,
a question or a turn. Nothing is dropped: the line is quoted, as in a letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

QUOTE = "> "
_INVISIBLE = "\u115f\u1160"
"""The fillers of Hangul: letters by their class, and nothing to the eye."""


def beginnings(ours: Iterable[str]) -> tuple[str, ...]:
    """Return what :func:`quoted` looks for: the start of each of our lines, up to its first ``{field}``.

    Raises ValueError for a line that begins with no letter, which any line of a note could be taken for.
    """
    found = {_folded(line.partition("{")[0]): line for line in ours}
    if "" in found:
        raise ValueError(f"{found['']!r} has no words before its first field")
    return tuple(sorted(found))


def quoted(text: str, begins: tuple[str, ...]) -> str:
    """Return ``text`` with :data:`QUOTE` before each line that begins as one of ``begins``.

    Case, blanks, punctuation, a number before, accents, characters without width and other shapes of the same letters
    (full-width, bold) make no difference; letters of other scripts that look alike do.
    """
    lines = text.splitlines(keepends=True)  # every kind of line break, whichever the model was taught
    return "".join(QUOTE + line if _imitates(line, begins) else line for line in lines)


def _imitates(line: str, begins: tuple[str, ...]) -> bool:
    """Whether ``line`` begins so; reads no more of it than it takes to tell."""
    seen = ""
    for character in line:
        letters = _letters(character)
        if not letters or (not seen and letters.isdecimal()):  # "1. [Context block" is a list's
            continue
        seen += letters
        if seen.startswith(begins):
            return True
        if not any(begin.startswith(seen) for begin in begins):
            return False
    return False


def _folded(text: str) -> str:
    return "".join(map(_letters, text))


@lru_cache(maxsize=4096)
def _letters(character: str) -> str:
    """Return what a character says apart from its shape; a colon too, which tells "Question:" from "Questions"."""
    folded = unicodedata.normalize("NFKD", character).casefold()
    return "".join(each for each in folded if (each.isalnum() and each not in _INVISIBLE) or each == ":")
