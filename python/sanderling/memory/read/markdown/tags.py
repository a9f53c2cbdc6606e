"""Find the tags in a note's text, such as ``#garden/beds`` and ``#[[two words]]``.

A tag begins a word; ``page#top``, ``#1`` and ``#ff8800`` are none.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_TAG = re.compile(
    # The mark comes first: the expression is tried nowhere else.
    r"#(?:(?<![^\s,;*_~]#)|(?<=[^\]]\(#))(?:\[\[(?P<linked>[^\[\]\n]{1,200}+)\]\]|(?P<word>\w[\w/-]*+))(?!#)"
)
_COLOUR = re.compile(r"[0-9A-Fa-f]+")


def tags_in(text: str, at: int, in_code: Callable[[int], bool]) -> list[str]:
    """Return the tags in ``text`` from the offset ``at`` on, without repeats, in order.

    ``in_code``: whether an offset lies in code, where there are none.
    """
    if "#" not in text:
        return []
    found: dict[str, None] = {}
    for match in _TAG.finditer(text, at):
        tag = match["linked"] or match["word"].rstrip("/-_")
        if (match["linked"] or not _is_none(tag)) and tag not in found and not in_code(match.start()):
            found[tag] = None
    return list(found)


def _is_none(word: str) -> bool:
    """Whether a word after ``#`` is a number or a colour instead of a tag."""
    if not any(character.isalpha() for character in word):
        return True
    if len(word) not in (3, 4, 6, 8) or not _COLOUR.fullmatch(word):
        return False
    # Words of these letters are tags (#bed, #facade), and so is #b2b.
    return len(set(word.lower())) == 1 or sum(map(str.isdigit, word)) > (0 if len(word) > 4 else 1) or word[0].isdigit()
