"""Split text into sentences and words, and measure a sentence's relevance to a question.

Sentences are stretches of the original text, so that a model is shown the source's own words; only line ends that wrap
a paragraph become blanks.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from . import searched
from .wrapped import unwrapped

# A match starts only at the beginning of white space: else each character of a long run would read it to its end.
# Chinese, Japanese and others put no blank behind the end of a sentence, but perhaps a closing quote.
_STOP = "\u3002\uff01\uff1f\uff61\u0964\u0965\u06d4\u061f\u104b\u17d4\u1362"
_CLOSING = "\u300d\u300f\u201d\u2019\uff09)"
_END = re.compile(
    rf"(?<=[.!?])\s++|(?<=[{_STOP}])(?![{_STOP}{_CLOSING}])\s*+|(?<=[{_STOP}][{_CLOSING}])(?![{_CLOSING}])\s*+"
    r"|(?<!\s)[^\S\n]*+\n\s*+"
)
# A full stop after these does not end a sentence: the next one would begin in the middle of a name.
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:[A-Z]|Dr|Mr|Mrs|Ms|St|Jr|Sr|vs|No|Vol|c|ca|e\.g|i\.e)\.$")
_ABBREVIATED = 5
"""Most characters that the pattern reads."""
STEM = 5
"""Number of first letters by which :func:`stems` equates words."""
_COMMON_WORDS = """
a an and are as at be been but by did do does for from had has have he her his how in is it its of on or she that the
their they this to was were what when where which who whom whose why will with you your
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def sentences(text: str) -> list[str]:
    """Split ``text`` at sentence and line ends, without white space around the pieces."""
    found: list[list[str]] = []
    end = ""
    for piece in _END.split(unwrapped(text).strip()):
        if found and _ABBREVIATION.search(end, max(len(end) - _ABBREVIATED, 0)):
            found[-1].append(piece)
        elif piece:
            found.append([piece])
        else:
            continue
        end = piece
    # Only the white space between is lost.
    return [" ".join(pieces) for pieces in found]


def words(text: str) -> list[str]:
    """Return the words of ``text`` for searching, without common words and the plural s."""
    found = searched.words(text)
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in found if word not in _COMMON]


def stems(text: str) -> list[str]:
    """Return the first :data:`STEM` letters of each word of ``text``, as :func:`words` finds them.

    "invented" matches "inventor".
    """
    return [word[:STEM] for word in words(text)]


def rarity(texts: Iterable[Sequence[str]]) -> dict[str, float]:
    """Return each word's inverse document frequency in ``texts``.

    ln(1 + N/n), where n of the N texts contain the word.
    """
    counts: Counter[str] = Counter()
    n = 0
    for text in texts:
        counts.update(set(text))
        n += 1
    return {word: math.log(1 + n / count) for word, count in counts.items()}


def relevance(words: Iterable[str], wanted: Iterable[str], idf: dict[str, float]) -> float:
    """Return the share of the words in ``wanted`` that are also in ``words``, weighted by ``idf``."""
    asked = set(wanted)
    # A word that no text has cannot distinguish them.
    whole = sum(idf.get(word, 0.0) for word in asked)
    return sum(idf.get(word, 0.0) for word in asked & set(words)) / whole if whole else 0.0
