"""A text in, its sentences and their words out; how near a sentence is to a question.

A sentence is a piece of the text as it stands, so that what is shown to a model are the source's own words.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

# White space is tried from its beginning only: from within, each of a long run's places would read it to its end.
_END = re.compile(r"(?<=[.!?])\s++|(?<!\s)[^\S\n]*+\n\s*+")
# A full stop after these ends no sentence: the next piece would begin in the middle of a name.
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:[A-Z]|Dr|Mr|Mrs|Ms|St|Jr|Sr|vs|No|Vol|c|ca|e\.g|i\.e)\.$")
_ABBREVIATED = 5
"""Characters that the pattern reads at most."""
_WORD = re.compile(r"\w+")
_COMMON = frozenset(
    _WORD.findall(
        "a an and are as at be been but by did do does for from had has have he her his how in is it its of on or she "
        "that the their they this to was were what when where which who whom whose why will with you your"
    )
)


def sentences(text: str) -> list[str]:
    """Cut at the ends of sentences and of lines; white space around is dropped."""
    found: list[list[str]] = []
    end = ""
    for piece in _END.split(text.strip()):
        if found and _ABBREVIATION.search(end, max(len(end) - _ABBREVIATED, 0)):
            found[-1].append(piece)
        elif piece:
            found.append([piece])
        else:
            continue
        end = piece
    # The blank between is all that is lost of the text.
    return [" ".join(pieces) for pieces in found]


def words(text: str) -> list[str]:
    """Return the words that tell something, folded to lower case, without a plural's s."""
    folded = (word.casefold() for word in _WORD.findall(text))
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in folded if word not in _COMMON]


def rarity(texts: Iterable[Sequence[str]]) -> dict[str, float]:
    """Return the inverse document frequency of each word over texts of words: ln(1 + n / number with it)."""
    counts: Counter[str] = Counter()
    n = 0
    for text in texts:
        counts.update(set(text))
        n += 1
    return {word: math.log(1 + n / count) for word, count in counts.items()}


def relevance(of: Iterable[str], wanted: Iterable[str], idf: dict[str, float]) -> float:
    """Return the share of ``wanted`` that the words of a text cover, by rarity: 0 to 1."""
    asked = set(wanted)
    # A word that no text has cannot tell them apart.
    whole = sum(idf.get(word, 0.0) for word in asked)
    return sum(idf.get(word, 0.0) for word in asked & set(of)) / whole if whole else 0.0
