"""Near-duplicate detection: whether a text adds nothing to another.

Texts that were copied, cut at other places or edited lightly share most runs of three words (shingles: Broder, "On the
resemblance and containment of documents", SEQUENCES 1997). That alone would drop one of two notes that differ only in
a year, 1988 and 1987, so every word of the first text must also be in the second, and both must have the same
negations.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .searched import sequence

CONTAINMENT = 0.8
"""Least share of a text's shingles that the other text must contain.

Chosen: one sentence of five may be worded differently.
"""

_SPACE = re.compile(r"\s+")
_NEGATIONS = frozenset({"no", "not", "never", "none", "nor", "neither", "without", "cannot", "t"})  # t: as in don't
_RUN = 3


class Fingerprint(NamedTuple):
    """Words and shingles of a text, for comparison with other texts."""

    plain: str
    words: frozenset[str]
    runs: frozenset[tuple[str, ...]]


def fingerprint(text: str) -> Fingerprint:
    """Return the fingerprint of a text, ignoring case and white space."""
    plain = _SPACE.sub(" ", text).strip().casefold()
    words = sequence(plain)
    runs = frozenset(tuple(words[at : at + _RUN]) for at in range(max(len(words) - _RUN + 1, 1)))
    return Fingerprint(plain, frozenset(words), runs)


def adds_nothing(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether everything in the text of ``one`` is also in the text of ``other``.

    Small differences in wording are tolerated.
    """
    if one.plain in other.plain:
        return True
    return (
        one.words <= other.words
        and one.words & _NEGATIONS == other.words & _NEGATIONS
        and len(one.runs & other.runs) >= CONTAINMENT * len(one.runs)
    )
