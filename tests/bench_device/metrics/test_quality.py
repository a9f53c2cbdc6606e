from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.bench_device.metrics.quality import (
    all_at,
    bootstrap_interval,
    contains,
    declined,
    exact_match,
    f1,
    ndcg_at,
    normalise,
    recall_at,
    reciprocal_rank,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Tin Cathedral.", "tin cathedral"),
        ("1,900 litres", "1900 litres"),
        ("a theatre, an oven", "theatre oven"),
        ("", ""),
        ("the", ""),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_exact_match_takes_the_best_answer() -> None:
    assert exact_match("The glaucous gull.", ["a glaucous gull", "gull"]) == 1.0
    assert exact_match("a herring gull", ["glaucous gull", "gull"]) == 0.0


def test_f1_by_hand() -> None:
    # 5 words said (keeper is captain tomas brekke), 2 right, 2 common: P = 2/5, R = 1, F1 = 4/7.
    assert f1("The keeper is Captain Tomas Brekke", ["Tomas Brekke"]) == pytest.approx(4 / 7)
    # The best answer counts: against "Brekke" alone it is 2/6.
    assert f1("The keeper is Captain Tomas Brekke", ["Brekke", "Tomas Brekke"]) == pytest.approx(4 / 7)
    # A word said twice is common once: P = 1/2, R = 1.
    assert f1("gull gull", ["gull"]) == pytest.approx(2 / 3)
    assert f1("owl", ["gull"]) == 0.0


def test_a_question_without_answers_is_right_only_when_nothing_is_said() -> None:
    for measure in (exact_match, f1, contains):
        assert measure("", []) == 1.0
        assert measure("Corrowick", []) == 0.0


def test_contains_needs_whole_words() -> None:
    assert contains("It makes 1900 litres a day.", ["1,900"]) == 1.0
    assert contains("It makes 21,900 litres a day.", ["1,900"]) == 0.0
    assert contains("Brekke, Tomas", ["Tomas Brekke"]) == 0.0
    # "the" normalises to nothing, which occurs everywhere; it must not count.
    assert contains("anything", ["the"]) == 0.0


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=4))
def test_exact_implies_contained_and_full_f1(prediction: str, answers: list[str]) -> None:
    exact, overlap, contained = (measure(prediction, answers) for measure in (exact_match, f1, contains))
    assert 0.0 <= overlap <= 1.0
    if exact:
        assert overlap == 1.0
        assert contained == 1.0


@pytest.mark.parametrize("text", ["", "I don't know.", "I do not know", "This is not mentioned in the notes."])
def test_declined(text: str) -> None:
    assert declined(text) == 1.0


@pytest.mark.parametrize("text", ["Tomas Brekke", "The keeper knows."])
def test_not_declined(text: str) -> None:
    assert declined(text) == 0.0


def test_recall_counts_each_document_once_at_its_best_rank() -> None:
    ranked = ["a", "a", "b", "a", "c"]
    assert recall_at(1, ranked, ["b"]) == 0.0
    assert recall_at(2, ranked, ["b"]) == 1.0
    assert recall_at(2, ranked, ["b", "c"]) == 0.5
    assert recall_at(3, ranked, ["b", "c", "c"]) == 1.0
    assert recall_at(5, [], ["b"]) == 0.0


def test_all_at() -> None:
    assert all_at(2, ["a", "b", "c"], ["b", "c"]) == 0.0
    assert all_at(3, ["a", "b", "c"], ["b", "c"]) == 1.0


def test_recall_without_gold_is_refused() -> None:
    with pytest.raises(ValueError, match="gold"):
        recall_at(5, ["a"], [])


def test_bootstrap_interval() -> None:
    assert bootstrap_interval([0.25] * 7, seed=1) == (0.25, 0.25)
    values = [0.0, 1.0] * 50
    low, high = bootstrap_interval(values, seed=1)
    assert (low, high) == bootstrap_interval(values, seed=1)
    # The mean of 100 fair coins has a standard deviation of 0.05, so the normal interval is 0.5 -+ 0.098. Its ends
    # are quantiles of 1000 resamples: their own standard error is sqrt(0.025 * 0.975 / 1000) / density, where the
    # density at 1.96 sd is 0.0584 / 0.05, so 0.0042; the grid of means adds 0.005. Four errors and the grid: 0.022.
    assert low == pytest.approx(0.402, abs=0.022)
    assert high == pytest.approx(0.598, abs=0.022)


def test_a_higher_level_is_a_wider_interval() -> None:
    values = [0.0, 1.0, 0.5, 0.25, 1.0, 0.0, 0.75]
    narrow, wide = (bootstrap_interval(values, seed=3, level=level) for level in (0.5, 0.99))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize(("values", "n", "level"), [([], 10, 0.9), ([1.0], 0, 0.9), ([1.0], 10, 1.0), ([1.0], 10, 0.0)])
def test_bootstrap_refuses_what_has_no_interval(values: list[float], n: int, level: float) -> None:
    with pytest.raises(ValueError, match="bootstrap"):
        bootstrap_interval(values, seed=0, n=n, level=level)


def test_ndcg_by_hand() -> None:
    # Gold at ranks 1 and 3: (1 + 1/log2(4)) / (1 + 1/log2(3)) = 1.5 / 1.6309298.
    assert ndcg_at(10, ["a", "x", "b"], ["a", "b"]) == pytest.approx(1.5 / 1.6309297535714575)
    assert ndcg_at(2, ["a", "x", "b"], ["a", "b"]) == pytest.approx(1 / 1.6309297535714575)
    assert ndcg_at(1, ["b"], ["a", "b", "c"]) == 1.0
    assert ndcg_at(10, ["x", "x", "a"], ["a"]) == pytest.approx(1 / 1.5849625007211562)  # x counts once
    assert ndcg_at(10, [], ["a"]) == 0.0
    with pytest.raises(ValueError, match="gold"):
        ndcg_at(10, ["a"], [])


def test_reciprocal_rank_by_hand() -> None:
    assert reciprocal_rank(["x", "x", "y", "b", "a"], ["a", "b"]) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x"], ["a"]) == 0.0
