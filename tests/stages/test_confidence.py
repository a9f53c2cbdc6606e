"""The confidence of a quoted sentence."""

from __future__ import annotations

from sanderling.stages.confidence import Signs, probability
from sanderling.stages.quote import LEAST

GOOD = Signs(coverage=1.0, margin=0.4, weight=0.8, hops=0)
BAD = Signs(coverage=0.1, margin=0.0, weight=0.05, hops=3)


def test_a_sentence_with_all_words_is_shown_and_one_with_none_is_not() -> None:
    assert probability(BAD) < LEAST < 0.6 < probability(GOOD) < 1


def test_more_of_the_words_and_a_larger_margin_never_make_it_less_sure() -> None:
    for sign in ("coverage", "margin"):
        sure = [probability(GOOD._replace(**{sign: value / 10})) for value in range(11)]
        assert sure == sorted(sure)
