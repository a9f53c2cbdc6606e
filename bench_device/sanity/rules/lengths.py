"""Rules about numbers of words, sentences and paragraphs."""

from __future__ import annotations

import re
from typing import Any

from ....text.sentences import sentences
from .keywords import compared

_WORD = re.compile(r"\w+")
_ENDS_WORD = frozenset(".,?!'\"")


def number_words(text: str, given: dict[str, Any]) -> bool:
    """Return whether the text has as many words as ``relation`` and ``num_words`` say."""
    return compared(len(_WORD.findall(text)), given["relation"], given["num_words"])


def number_sentences(text: str, given: dict[str, Any]) -> bool:
    """Return whether the text has as many sentences as ``relation`` and ``num_sentences`` say."""
    return compared(len(sentences(text)), given["relation"], given["num_sentences"])


def number_paragraphs(text: str, given: dict[str, Any]) -> bool:
    """Return whether ``***`` divides the text into ``num_paragraphs`` paragraphs, none of them empty."""
    parts = [part.strip() for part in text.split("***")]
    if not all(parts[1:-1]):
        return False
    return sum(map(bool, parts)) == int(given["num_paragraphs"])


def nth_paragraph_first_word(text: str, given: dict[str, Any]) -> bool:
    """Return whether empty lines make ``num_paragraphs`` paragraphs, and the n-th begins with ``first_word``."""
    parts, n = text.split("\n\n"), int(given["nth_paragraph"])
    wanted = str(given["first_word"]).lower()
    if sum(bool(part.strip()) for part in parts) != int(given["num_paragraphs"]) or not 1 <= n <= len(parts):
        return False
    found = parts[n - 1].split()
    if not found:
        return False
    first = found[0].lstrip("'").lstrip('"')
    end = next((at for at, character in enumerate(first) if character in _ENDS_WORD), len(first))
    return first[:end].lower() == wanted
