"""Check whether an answer declines, and how many of its words are in the notes; the right answer is not needed."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from .searched import sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)

_DECLINING = (
    "not know",
    "dont know",
    "cannot answer",
    "cannot find",
    "not found",
    "not mentioned",
    "not specified",
    "not stated",
    "not provided",
    "not contain",
    "not in notes",
    "not in context",
    "no information",
)
"""Normalised phrases with which a model declines to answer. English only, and a heuristic."""


def normalise(text: str) -> str:
    """Return the words of ``text`` in lower case, without ASCII punctuation or articles, joined by single spaces.

    Source: SQuAD's evaluation, Rajpurkar et al. 2016, section 6.1, arXiv 1606.05250.
    """
    # The order is SQuAD's: punctuation goes first and leaves no space, so "1,900" is "1900" and "N-90" is "n90".
    bare = text.lower().translate(_WITHOUT_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def declined(text: str) -> bool:
    """Whether an answer is empty or contains one of the fixed English phrases that decline to answer."""
    words = f" {normalise(text)} "
    return not words.strip() or any(f" {phrase} " in words for phrase in _DECLINING)


def overlap(text: str, blocks: Sequence[str]) -> float:
    """Return the share of the words in ``text`` that also occur in ``blocks``; 0 if ``text`` has no words."""
    words = sequence(normalise(text))
    there = set(sequence(normalise(" ".join(blocks))))
    return sum(word in there for word in words) / len(words) if words else 0.0
