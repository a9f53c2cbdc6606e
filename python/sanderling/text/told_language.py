"""Recognise the language of a document by its letters or common words. In doubt it is left open."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from .questions.question import LANGUAGES, SCRIPTS, WORD

CHARACTERS = 2_000
"""Number of characters read from the beginning of a text."""
WORDS = 6
"""Fewest common words of the text's language."""
LEAD = 2.0
"""Least ratio of its common words to those of the next language."""
_OTHER = re.compile(r"[^\W\d_\x00-\u036f]")
"""A letter that is not Latin."""
_ASCII_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
"""Finds what ``WORD`` finds in small ASCII letters, in half the time."""
_LETTERS = "".join(char if char.islower() or char == "'" else " " for char in map(chr, range(128)))
"""For ``str.translate``: each ASCII character, or a blank in place of all but small letters and apostrophes."""
_SAID_IN: dict[str, list[str]] = {}
for _code, _common in LANGUAGES.items():
    for _word in _common:
        _SAID_IN.setdefault(_word, []).append(_code)


def told_language(text: str) -> str:
    """Return the two-letter code of the language of ``text``; "" if in doubt."""
    sample = text[:CHARACTERS]
    others = [] if sample.isascii() else _OTHER.findall(sample)
    if others and 2 * len(others) > sum(map(str.isalpha, sample)):
        return _by_letters(others)
    counts = dict.fromkeys(LANGUAGES, 0)
    words = ascii_words(sample.lower()) if sample.isascii() else WORD.findall(sample.lower())
    for word in filter(_SAID_IN.__contains__, words):
        for code in _SAID_IN[word]:
            counts[code] += 1
    best, second = sorted(counts, key=lambda code: -counts[code])[:2]
    sure = counts[best] >= WORDS and counts[best] >= LEAD * counts[second]
    return best if sure else ""


def ascii_words(text: str) -> list[str]:
    """Return what ``WORD`` finds in ``text``, which is in lower-case ASCII letters, in a quarter of its time."""
    found = text.translate(_LETTERS).split()
    if "'" in text:
        return [each for word in found for each in (_ASCII_WORD.findall(word) if "'" in word else (word,))]
    return found


def _by_letters(letters: list[str]) -> str:
    """Return the language of the script of most ``letters``."""
    counts = Counter(letters)
    scripts: Counter[str] = Counter()
    for letter, count in counts.items():
        script = unicodedata.name(letter, "").split(" ", 1)[0].split("-")[0]
        scripts[SCRIPTS.get(script, "")] += count
    language, count = scripts.most_common(1)[0]
    # Japanese is written with Chinese characters as well, and has letters of its own in any sentence.
    if language in ("zh", "ja") and scripts["ja"]:
        return "ja" if 10 * scripts["ja"] >= scripts["zh"] else ""
    if 2 * count <= len(letters):
        return ""
    return _cyrillic(counts.keys()) if language == "ru" else language


def _cyrillic(letters: Iterable[str]) -> str:
    """Return "uk" or "ru" by letters that only one of them has; "" for both or none."""
    lowered = {letter.lower() for letter in letters}
    ukrainian, russian = not lowered.isdisjoint("іїєґ"), not lowered.isdisjoint("ыэъё")
    return "" if ukrainian == russian else "uk" if ukrainian else "ru"
