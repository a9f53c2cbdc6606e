"""New weights are taken only if they are better beyond chance, and worse beyond chance for nothing."""

from __future__ import annotations

import pytest

from sanderling.memory.learn.judge import judge
from sanderling.memory.learn.questions import Made


def of(kind, count):
    return [Made(kind, "text", "words", (number,)) for number in range(count)]


def right_for(made, share):
    """A ranking that is right for the first ``share`` of the questions of each kind."""
    seen: dict[str, int] = {}
    rank = {}
    for number, each in enumerate(made):
        seen[each.kind] = at = seen.get(each.kind, -1) + 1
        rank[number] = at < share[each.kind] * sum(other.kind == each.kind for other in made)
    return lambda number: [made[number].gold[0]] if rank[number] else [-1]


def test_by_hand():
    made = [*of("one", 4), *of("link", 2)]
    verdict = judge(made, right_for(made, {"one": 0.5, "link": 0.5}), right_for(made, {"one": 1, "link": 0.5}), 0)
    # Every kind counts alike: half of a gain of .5.
    assert (verdict.before, verdict.after) == (0.5, 0.75)
    assert verdict.gain.mean == pytest.approx(0.25)
    assert verdict.of_kind["one"].mean == 0.5 and verdict.of_kind["link"].mean == 0.0
    assert verdict.gain.low <= 0.25 <= verdict.gain.high


def test_better_for_one_kind_and_like_before_for_another():
    made = [*of("one", 100), *of("link", 100)]
    assert judge(made, right_for(made, {"one": 0.5, "link": 1}), right_for(made, {"one": 0.9, "link": 1}), 0).better


def test_a_gain_that_chance_explains_is_none():
    made = of("one", 40)
    assert not judge(made, right_for(made, {"one": 0.5}), right_for(made, {"one": 0.525}), 0).better
    assert not judge(made, right_for(made, {"one": 0.5}), right_for(made, {"one": 0.5}), 0).better


def test_a_gain_paid_for_by_another_kind_is_refused():
    made = [*of("one", 100), *of("chain", 100)]
    verdict = judge(made, right_for(made, {"one": 1, "chain": 0.2}), right_for(made, {"one": 0.9, "chain": 0.9}), 0)
    assert verdict.gain.low > 0 and not verdict.better


def test_only_the_first_five_documents_count_and_each_once():
    made = [Made("one", "text", "words", (9,))]
    for ranked, found in (([1, 2, 3, 4, 9], 1.0), ([1, 2, 3, 4, 5, 9], 0.0), ([1, 1, 1, 2, 3, 4, 9], 1.0)):
        assert judge(made, lambda number: [], lambda number, ranked=ranked: ranked, 0).after == found
