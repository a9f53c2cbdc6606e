"""Normalise an answer, and count its words that occur in the notes. The right answer is not needed."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from .searched import sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(text: str) -> str:
    """Return the lower-case words of ``text`` without punctuation and articles, joined by spaces.

    Source: SQuAD's evaluation, Rajpurkar et al. 2016, section 6.1, arXiv 1606.05250.
    """
    # The order is SQuAD's: punctuation goes first and leaves no space, so "1,900" is "1900" and "N-90" is "n90".
    bare = text.lower().translate(_WITHOUT_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def overlap(text: str, blocks: Sequence[str]) -> float:
    """Return the share of the words of ``text`` that occur in ``blocks``; 0 without words."""
    words = sequence(normalise(text))
    there = set(sequence(normalise(" ".join(blocks))))
    return sum(word in there for word in words) / len(words) if words else 0.0
