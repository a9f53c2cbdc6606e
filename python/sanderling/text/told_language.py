"""Tell the language of a document, where its letters or its common words leave no doubt."""

from __future__ import annotations

import unicodedata
from collections import Counter

from .question import LANGUAGES, SCRIPTS, WORD

CHARACTERS = 4_000
"""Read from the beginning of a text."""
WORDS = 6
"""Fewest common words of a language in a text that is in it."""
LEAD = 2.0
"""How many times as many common words as the next language has."""


def told_language(text: str) -> str:
    """Return the two-letter code of the language of ``text``; "" where it is in doubt."""
    sample = text[:CHARACTERS]
    letters = [char for char in sample if char.isalpha()]
    if not letters:
        return ""
    scripts = Counter(_script(char) for char in letters)
    script, count = scripts.most_common(1)[0]
    if script:
        # Japanese is written with Chinese characters as well, and has letters of its own in any sentence.
        own = scripts["ja"]
        if script in ("zh", "ja") and own:
            return "ja" if 10 * own >= scripts["zh"] else ""
        return script if 2 * count > len(letters) and script != "ru" else _cyrillic(sample) if script == "ru" else ""
    words = Counter(word.lower() for word in WORD.findall(sample))
    counts = {code: sum(words[each] for each in common) for code, common in LANGUAGES.items()}
    best, second = sorted(counts, key=lambda code: -counts[code])[:2]
    sure = counts[best] >= WORDS and counts[best] >= LEAD * counts[second]
    return best if sure else ""


def _script(char: str) -> str:
    """Return the language whose script a letter is of; "" for Latin."""
    if char <= "\u036f":
        return ""
    return SCRIPTS.get(unicodedata.name(char, "").split(" ", 1)[0].split("-")[0], "")


def _cyrillic(text: str) -> str:
    """Return "uk" for the letters that only Ukrainian has, "ru" for those it lacks; "" where there are both or none."""
    lowered = text.lower()
    ukrainian, russian = any(char in lowered for char in "іїєґ"), any(char in lowered for char in "ыэъё")
    return "" if ukrainian == russian else "uk" if ukrainian else "ru"
