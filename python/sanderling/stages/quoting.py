"""Put a ``>`` before lines of notes that look like lines of the prompt.

A model recognises the parts of its prompt by how lines begin, so a note with such a line could forge a context block, a
question or a turn. The line is kept, and quoted with :data:`QUOTE` as in an e-mail. Most lines of the prompt begin with
words (:func:`beginnings`), a short head with a number in square brackets (:func:`numbered`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

QUOTE = "> "
_INVISIBLE = "\u115f\u1160"
"""Hangul fillers: letters by their Unicode class, but invisible."""
_MARKUP = "*_~`^#\\"
"""Markdown that may surround a number without changing how it reads."""
_NUMBERED = re.compile(r"\[ *+d[d ]*+(?:\]|$|(?<= ))|^[^\[]*?d *\]")
"""A number between brackets or beside one, in the classes of :func:`_class_of`, before the first letter of a line. What
follows a number without its second bracket must stand apart: "[2 Boiler" is a head, and "[2024-05-01]" a date."""


def beginnings(ours: Iterable[str]) -> tuple[str, ...]:
    """Return the beginning of each prompt line, up to its first ``{field}``.

    It is in the form that :func:`quoted` compares.

    Raises ValueError for a line that has no letters before its first field, since every line would match it.
    """
    found = {_folded(line.partition("{")[0]): line for line in ours}
    if "" in found:
        raise ValueError(f"{found['']!r} has no words before its first field")
    return tuple(sorted(found))


def quoted(text: str, begins: tuple[str, ...]) -> str:
    """Put :data:`QUOTE` before each line of ``text`` that looks like a prompt line.

    Such a line begins like one of ``begins`` or like a short head. In words, ignored are case, blanks, punctuation,
    leading digits, accents, zero-width characters and variants of the same letters (full-width, bold). Look-alike
    letters of other scripts are not recognised.
    """
    lines = text.splitlines(keepends=True)  # every kind of line break, whichever the model was taught
    return "".join(QUOTE + line if imitates(line, begins) else line for line in lines)


def imitates(line: str, begins: tuple[str, ...]) -> bool:
    """Return whether ``line`` begins with a text in ``begins``, or like the short head of a block."""
    return numbered(line) or _worded(line, begins)


def numbered(line: str) -> bool:
    """Return whether ``line`` begins with a number in square brackets, as the short head of a block does.

    Ignored are blanks, Markdown, zero-width characters and whatever stands before without a letter, such as a list's
    number. Any script's digits count, and any brackets but round ones, which lists use; one of the two is enough.
    """
    if not any(map(_is_bracket, line)):
        return False
    found: list[str] = []
    for character in line:
        found.append(_class_of(character))
        if found[-1] == "w":
            break
    return _NUMBERED.search("".join(found)) is not None


@lru_cache(maxsize=4096)
def _is_bracket(character: str) -> bool:
    return _class_of(character) in {"[", "]"}


@lru_cache(maxsize=4096)
def _class_of(character: str) -> str:
    """Return "[", "]", "d" for a digit, "w" for a letter, a blank, "." for a sign, or "" for what is not seen."""
    if character.isspace() or character == "\u2800":
        return " "
    if unicodedata.numeric(character, None) is not None:
        return "d"
    plain = unicodedata.normalize("NFKD", character)[0]
    name = unicodedata.name(plain, "")
    if any(word in name for word in ("BRACKET", "CEILING", "FLOOR")):
        return "[" if "LEFT" in name else "]"
    if plain in _INVISIBLE or plain in _MARKUP or unicodedata.category(plain) in {"Cf", "Cc", "Mn", "Me", "Mc"}:
        return ""
    return "w" if plain.isalnum() else "."


def _worded(line: str, begins: tuple[str, ...]) -> bool:
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
