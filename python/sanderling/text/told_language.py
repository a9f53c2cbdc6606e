"""Tell the language of a document, where its letters or its common words leave no doubt."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from .questions.question import LANGUAGES, SCRIPTS, WORD

CHARACTERS = 2_000
"""Read from the beginning of a text."""
WORDS = 6
"""Fewest common words of a language in a text that is in it."""
LEAD = 2.0
"""How many times as many common words as the next language has."""
_OTHER = re.compile(r"[^\W\d_\x00-\u036f]")
"""A letter that is not Latin."""
_ASCII_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
"""What ``WORD`` finds in a text of small ASCII letters, in half the time."""
_SAID_IN: dict[str, list[str]] = {}
for _code, _common in LANGUAGES.items():
    for _word in _common:
        _SAID_IN.setdefault(_word, []).append(_code)


def told_language(text: str) -> str:
    """Return the two-letter code of the language of ``text``; "" where it is in doubt."""
    sample = text[:CHARACTERS]
    others = [] if sample.isascii() else _OTHER.findall(sample)
    if others and 2 * len(others) > sum(map(str.isalpha, sample)):
        return _by_letters(others)
    counts = dict.fromkeys(LANGUAGES, 0)
    words = (_ASCII_WORD if sample.isascii() else WORD).findall(sample.lower())
    for word in filter(_SAID_IN.__contains__, words):
        for code in _SAID_IN[word]:
            counts[code] += 1
    best, second = sorted(counts, key=lambda code: -counts[code])[:2]
    sure = counts[best] >= WORDS and counts[best] >= LEAD * counts[second]
    return best if sure else ""


def _by_letters(letters: list[str]) -> str:
    """Return the language of the script that most of ``letters`` are of."""
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
    """Return "uk" or "ru" by letters that only one of the two languages has; "" for both kinds or none."""
    lowered = {letter.lower() for letter in letters}
    ukrainian, russian = not lowered.isdisjoint("іїєґ"), not lowered.isdisjoint("ыэъё")
    return "" if ukrainian == russian else "uk" if ukrainian else "ru"
