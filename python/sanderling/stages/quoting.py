"""Put ``> `` before lines of notes that look like lines of the prompt.

A model recognises the parts of its prompt by how lines begin, so a note with such a line could forge a context block, a
question or a turn. The line is kept, and quoted with :data:`QUOTE` as in an e-mail.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

QUOTE = "> "
_INVISIBLE = "\u115f\u1160"
"""Hangul fillers: letters by their Unicode class, but invisible."""


def beginnings(ours: Iterable[str]) -> tuple[str, ...]:
    """Return the beginning of each prompt line, up to its first ``{field}``, as :func:`quoted` compares it.

    Raises ValueError for a line that has no letters before its first field, since every line would match it.
    """
    found = {_folded(line.partition("{")[0]): line for line in ours}
    if "" in found:
        raise ValueError(f"{found['']!r} has no words before its first field")
    return tuple(sorted(found))


def quoted(text: str, begins: tuple[str, ...]) -> str:
    """Return ``text`` with :data:`QUOTE` before each line that begins like one of ``begins``.

    Ignored are case, blanks, punctuation, leading digits, accents, zero-width characters and variants of the same
    letters (full-width, bold). Look-alike letters of other scripts are not recognised.
    """
    lines = text.splitlines(keepends=True)  # every kind of line break, whichever the model was taught
    return "".join(QUOTE + line if _imitates(line, begins) else line for line in lines)


def _imitates(line: str, begins: tuple[str, ...]) -> bool:
    """Return whether ``line`` begins like one of ``begins``. No more of the line is read than necessary."""
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
    """Return the letters or digits of a character, in lower case and without accents; "" if it has none.

    A colon is kept, since it distinguishes "Question:" from "Questions".
    """
    folded = unicodedata.normalize("NFKD", character).casefold()
    return "".join(each for each in folded if (each.isalnum() and each not in _INVISIBLE) or each == ":")
