"""Rules about capitals, small letters, commas and languages."""

from __future__ import annotations

import string
from typing import Any

from ....text.questions.question import LANGUAGES, SCRIPTS
from ....text.told_language import told_language
from .keywords import compared

TOLD = frozenset({*LANGUAGES, *SCRIPTS.values()})
"""Codes of the languages that can be told."""


def capital_word_frequency(text: str, given: dict[str, Any]) -> bool:
    """Return whether as many words are in capitals as ``capital_relation`` and ``capital_frequency`` say."""
    count = sum(word.strip(string.punctuation).isupper() for word in text.split())
    return compared(count, given["capital_relation"], given["capital_frequency"])


def english_capital(text: str, given: dict[str, Any]) -> bool:
    """Return whether the text is English in capitals only.

    A text of which the language is in doubt counts as English.
    """
    return text.isupper() and told_language(text.lower()) in ("", "en")


def english_lowercase(text: str, given: dict[str, Any]) -> bool:
    """Return whether the text is English without capitals.

    A text of which the language is in doubt counts as English.
    """
    return text.islower() and told_language(text) in ("", "en")


def no_comma(text: str, given: dict[str, Any]) -> bool:
    """Return whether the text has no comma."""
    return "," not in text


def response_language(text: str, given: dict[str, Any]) -> bool:
    """Return whether the text is in ``language``.

    A text in doubt is not.

    Raises ValueError for a language that cannot be told.
    """
    wanted = str(given["language"]).partition("-")[0].lower()
    if wanted not in TOLD:
        raise ValueError(f"{wanted} cannot be told from other languages here")
    return told_language(text) == wanted
