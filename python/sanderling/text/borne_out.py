"""Find how much of an answer its context blocks contain, and which blocks support the answer.

::

    answer ─► words without common ones ─┬─ stand in a block, in the question, or earlier in the talk ─┐
                                         └─ part of a date or number that a block writes otherwise ────┴─► share, blocks
    answer ─► all words in order ─► one run of words in a block ─► span

Words are compared as search compares them (:mod:`~sanderling.text.searched`): without case, accents and plural s,
numbers without the marks that group their digits. ``14 March 1962`` stands in ``1962-03-14``, and ``March 1962`` too.
The time is linear in the length of both texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .dates.written import MAX_CHARACTERS, Span, written
from .searched import sequence
from .searched import words as all_words
from .short_language import COMMON

_NUMBER = re.compile(r"\d++(?:[.,'\u2019 ]\d{3}(?!\d))*+")
_MARK = re.compile(r"[.,'\u2019 ]")
_ARTICLES = frozenset(("a", "an", "the"))
_COUNTED = frozenset(("one", "two", "eins", "zwei", "deux", "no", "not", "nicht", "kein", "keine", "non", "pas"))
"""Common words, which do not count as words of an answer."""
_FRAME = frozenset(("answer", "antwort", "reponse"))
"""Words that introduce an answer (``The answer is: Ada Lind``), which no note need contain."""
_COMMON = (
    frozenset(word for code in ("en", "de", "fr") for each in COMMON[code] for word in sequence(each)) - _COUNTED
) | _FRAME
_POLAR = frozenset(("yes", "no", "ja", "nein", "oui", "non", "not", "nicht", "true", "false"))
MOST = 3
"""Most blocks named for one answer."""


class BorneOut(NamedTuple):
    """How much of an answer occurs in its blocks."""

    words: int
    """Number of words that count, without common words, yes and no."""
    share: float
    """Share of the counted words that occur in a block, the question or earlier messages; 1 if none counts."""
    span: bool
    """Whether the whole answer is one run of words in a block, apart from articles."""
    top: bool
    """Whether the first block alone contains every word that is not in the question."""
    by: tuple[int, ...]
    """Numbers of the blocks that support the answer, from 1, at most :data:`MOST`; empty if none does."""
    figures: bool = True
    """Whether every word with a digit occurs in a block, the question or earlier messages."""


def borne_out(answer: str, blocks: Sequence[str], question: str = "", said: Sequence[str] = ()) -> BorneOut:
    """Return how much of ``answer`` occurs in ``blocks``.

    ``blocks``: texts without their heads' numbers. ``said``: earlier messages, whose words an answer may repeat.
    """
    order = [_singular(word) for word in sequence(answer)]
    telling = [word for word in dict.fromkeys(order) if word not in _COMMON and word not in _POLAR]
    given = {_singular(word) for text in (question, *said) for word in all_words(text)}
    held = [{_singular(word) for word in all_words(block)} for block in blocks]
    missing = set(telling).difference(given, *held)
    if missing:
        for number, there in enumerate(_otherwise(answer, blocks, missing)):
            held[number] |= there
            missing -= there
    run = " ".join(word for word in order if word not in _ARTICLES)
    spans = [bool(run) and f" {run} " in _run(block) for block in blocks] if not missing else [False] * len(blocks)
    new = [word for word in telling if word not in given] or telling
    return BorneOut(
        words=len(telling),
        share=1.0 - len(missing.intersection(telling)) / len(telling) if telling else 1.0,
        span=any(spans),
        top=bool(held) and bool(new) and held[0].issuperset(new),
        by=_bearing(new, held, spans, given) if order else (),
        figures=not any(any(map(str.isdigit, word)) for word in missing),
    )


def repeats(answer: str, question: str) -> bool:
    """Return whether the question contains every word of an answer, apart from common words, yes and no.

    False for an answer without other words.
    """
    telling = {word for word in _words(answer) if word not in _COMMON and word not in _POLAR}
    return bool(telling) and telling <= {_singular(word) for word in all_words(question)}


def _bearing(new: Sequence[str], held: Sequence[set[str]], spans: Sequence[bool], given: set[str]) -> tuple[int, ...]:
    """Return the blocks with the answer in one run or, without any, those that together have most of its words.

    Of several with the same words, those come first that hold most of the question.
    """
    asked = [len(given & block) for block in held]
    if any(spans) and new:
        ranked = sorted((at for at, span in enumerate(spans) if span), key=lambda at: -asked[at])
        return tuple(at + 1 for at in ranked[:MOST] if asked[at] == asked[ranked[0]])
    left = set(new)
    found: list[int] = []
    while left and len(found) < MOST:
        at = max(range(len(held)), key=lambda each: (len(left & held[each]), asked[each], -each), default=-1)
        if at < 0 or not left & held[at]:
            break
        left -= held[at]
        found.append(at + 1)
    return tuple(sorted(found))


def _otherwise(answer: str, blocks: Sequence[str], missing: set[str]) -> Iterator[set[str]]:
    """Yield for each block the words of ``missing`` whose date or number it writes differently."""
    dates = [(set(_words(answer[each.start : each.end])), each.span()) for each in written(answer)]
    dates = [(words, span) for words, span in dates if span is not None and words & missing]
    numbers = [(set(_words(found)), _bare(found)) for found in _NUMBER.findall(answer)]
    numbers = [(words, number) for words, number in numbers if words & missing]
    for block in blocks:
        there: set[str] = set()
        if dates:
            spans = list(_spans(block))
            for words, span in dates:
                if span is not None and any(span.first <= one.first and one.last <= span.last for one in spans):
                    there |= words
        if numbers:
            known = {_bare(found) for found in _NUMBER.findall(block)}
            for words, number in numbers:
                if number in known:
                    there |= words
        yield there & missing


def _spans(text: str) -> Iterator[Span]:
    """Yield the days of the dates in ``text``."""
    # Pieces overlap, because a date may lie across the end of one.
    step = MAX_CHARACTERS - 40
    for start in range(0, max(len(text), 1), step):
        for each in written(text[start : start + MAX_CHARACTERS]):
            span = each.span()
            if span is not None:
                yield span


def _run(text: str) -> str:
    """Return the words of ``text`` without articles, between spaces."""
    return f" {' '.join(word for word in map(_singular, sequence(text)) if word not in _ARTICLES)} "


def _words(text: str) -> Iterator[str]:
    return map(_singular, sequence(text))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _bare(number: str) -> str:
    return _MARK.sub("", number)
