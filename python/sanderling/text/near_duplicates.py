"""Two texts in, whether the first tells nothing that the second does not.

Texts copied, cut at other places or edited lightly share most runs of three words (shingles: Broder, "On the
resemblance and containment of documents", SEQUENCES 1997). That alone would throw away the one note of two that says
1988 instead of 1987, so every word of the first has to be in the second, and both or neither must negate.
"""

from __future__ import annotations

import re
from typing import NamedTuple

CONTAINMENT = 0.8
"""Share of the shingles that must be in the other text. Chosen: one sentence of five may be put differently."""

_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s+")
_NEGATIONS = frozenset({"no", "not", "never", "none", "nor", "neither", "without", "cannot", "t"})  # t: as in don't
_RUN = 3


class Print(NamedTuple):
    """What of a text is compared."""

    plain: str
    words: frozenset[str]
    runs: frozenset[tuple[str, ...]]


def fingerprint(text: str) -> Print:
    """Return the print of a text; case and white space do not count."""
    plain = _SPACE.sub(" ", text).strip().casefold()
    words = _WORD.findall(plain)
    runs = frozenset(tuple(words[at : at + _RUN]) for at in range(max(len(words) - _RUN + 1, 1)))
    return Print(plain, frozenset(words), runs)


def adds_nothing(one: Print, other: Print) -> bool:
    """Whether the text of ``one`` tells nothing beside that of ``other``."""
    if one.plain in other.plain:
        return True
    return (
        one.words <= other.words
        and one.words & _NEGATIONS == other.words & _NEGATIONS
        and len(one.runs & other.runs) >= CONTAINMENT * len(one.runs)
    )
