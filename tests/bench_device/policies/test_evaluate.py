"""Routers beside their baselines, on questions whose answers are known by construction."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.bench_device.policies import metrics, plot, tables
from sanderling.bench_device.policies.board import NONE, Board, accepted, joined
from sanderling.bench_device.policies.cascade import Cascade
from sanderling.bench_device.policies.curve import recovered
from sanderling.bench_device.policies.evaluate import Evaluation, evaluate, play
from sanderling.bench_device.policies.fixed import Always, BestFixed, Oracle, RandomShare
from sanderling.bench_device.policies.logistic import Logistic
from sanderling.bench_device.policies.nearest import Nearest
from sanderling.bench_device.policies.network import Network
from sanderling.bench_device.policies.resample import Resampling
from sanderling.router.training.settings import Settings

INPUTS, CONFIDENCE = 16, 10
SKILL = np.array([0.25, 0.45, 0.7, 0.95])
LATENCY_MS = np.array([100.0, 250.0, 500.0, 1500.0])


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def board(n: int, seed: int) -> Board:
    """A part of the difficulty is in features 0 to 2; all of it shows in the draft's confidence, column 10."""
    rng = np.random.default_rng(seed)
    first = np.zeros((n, INPUTS), dtype=np.float32)
    first[:, :8] = rng.normal(size=(n, 8))
    difficulty = logistic(first[:, 0] + 2.5 * rng.normal(size=n))
    need = logistic(2 * first[:, 2])
    solved = logistic(12 * (SKILL - difficulty[:, None]))
    covered = logistic(12 * ((np.arange(4) + 0.5) / 4 - need[:, None] + 0.3))
    quality = solved[:, :, None] * covered[:, None]
    latency = np.broadcast_to(LATENCY_MS[:, None] * np.array([0.25, 0.5, 1.0, 1.5]), quality.shape).copy()
    quality[rng.random(n) < 0.2, 3] = np.nan
    latency[np.isnan(quality)] = np.nan
    second = np.repeat(np.repeat(first[:, None, None], 4, axis=1), 4, axis=2)
    second[..., CONFIDENCE] = np.nan_to_num(quality) + 0.05 * rng.normal(size=quality.shape)
    second[..., CONFIDENCE + 1] = 1
    second[np.isnan(quality)] = np.nan
    return Board(
        first=first,
        second=second,
        quality=quality,
        expected=quality,
        latency_ms=latency,
        price=latency * 2e-4,
        tokens=latency / 100,
        em=np.round(quality),
        f1=quality,
        question=seed * 1_000_000 + np.arange(n),
        scenario=np.arange(n) % 3,
        rest_ms=np.full(n, 40.0),
        budget_ms=np.full(n, np.nan),
        y_temperature=np.zeros(n),
        y_top_p=np.ones(n),
        quoted=np.full(n, np.nan),
    )


@pytest.fixture(scope="module")
def found() -> Evaluation:
    parts = [board(500, seed) for seed in range(3)]
    folds = [(joined(parts[:at] + parts[at + 1 :]), parts[at]) for at in range(3)]
    return evaluate(play(folds, confidence_feature=CONFIDENCE, settings=Settings(epochs=40)))


def test_learned_policies_beat_fixed_ones_and_none_beats_the_oracle(found: Evaluation) -> None:
    utility = {worth.policy: worth.utility.mean for worth in found.worths}
    fixed = max(utility[name] for name in utility if name.startswith(("always", "random")))
    assert min(utility[name] for name in ("kNN, k 15", "logistic", "FastGRNN, one step")) > fixed
    assert max(utility.values()) == utility["oracle"]


def test_two_steps_beat_one_where_only_the_draft_tells(found: Evaluation) -> None:
    differences = {each.than: each for each in found.differences}
    assert differences["FastGRNN, one step"].utility.low > 0
    assert differences["confidence only"].significant
    escalated = {worth.policy: worth.escalated for worth in found.worths}
    assert escalated["FastGRNN, one step"] == 0 < escalated["FastGRNN, two steps"] < 0.6


def test_references_are_what_they_are_called(found: Evaluation) -> None:
    by_name = {worth.policy: worth for worth in found.worths}
    assert (found.fitted_on, found.judged_on) == (1000, 1500)
    assert by_name["always mid, large context"].latency_ratio.mean == 1
    assert by_name["always big, large context"].regret.mean == 0
    assert by_name["always big, large context"].token_ratio.mean == 1
    assert by_name["oracle"].agreement == by_name["oracle"].within == 1
    share, routed = by_name["random at equal share"].models, by_name["FastGRNN, two steps"].models
    assert np.abs(np.array(share) - routed).max() < 0.12


def test_curves_rank_better_than_chance(found: Evaluation) -> None:
    apgr = {curve.policy: curve.apgr.mean for curve in found.curves}
    assert apgr["oracle"] == max(apgr.values())
    assert min(apgr["FastGRNN, two steps"], apgr["FastGRNN, one step"], apgr["logistic"]) > 0.5


def test_the_report_shows_all(found: Evaluation) -> None:
    text = tables.markdown(found)
    picture = plot.svg(found)
    ElementTree.fromstring(picture)
    assert "| FastGRNN, two steps | heavy | 498 |" in text
    for worth in found.worths:
        assert f"| {worth.policy} |" in text
        assert f">{worth.policy}</text>" in picture
    assert tables.front(found)[-1] in {worth.policy for worth in found.worths}


def test_a_question_on_both_sides_is_refused() -> None:
    with pytest.raises(ValueError, match="both parts"):
        play([(board(20, 0), board(10, 0))], confidence_feature=CONFIDENCE)


def test_scenarios_count_everything_that_is_waited_for(found: Evaluation) -> None:
    big = {each.scenario: each for each in found.scenarios[0]}
    assert {name: each.questions for name, each in big.items()} == {"simple": 501, "moderate": 501, "heavy": 498}
    simple = big["simple"]
    assert (simple.rest_ms, simple.llm_ms, simple.latency_ms.p50) == (40.0, 2250.0, 2290.0)
    assert simple.in_time == 1.0
    one = board(3, 0)
    hasty = replace(one, budget_ms=np.full(3, 539.0), latency_ms=np.full(one.quality.shape, 500.0))
    late = metrics.by_scenario("x", accepted(np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)), hasty)
    assert [each.in_time for each in late] == [0.0, 0.0, 0.0]
    unmeasured = metrics.by_scenario(
        "x", accepted(*np.zeros((2, 3), dtype=np.int64)), replace(hasty, rest_ms=np.full(3, np.nan))
    )
    assert [(each.rest_ms, each.in_time) for each in unmeasured] == [(None, 1.0)] * 3


@pytest.mark.parametrize(
    "policy",
    [Always("x", 3, 3), BestFixed(), Oracle(), Nearest(), Logistic(), Cascade(CONFIDENCE), Network(two_steps=True)],
)
def test_every_policy_stays_within_the_masks(policy: object) -> None:
    policy.fit(board(100, 0), 0)
    judged = board(80, 1)
    chosen = policy.choose(judged)
    rows = np.arange(80)
    assert judged.allowed[rows, chosen.model, chosen.context].all()
    assert judged.allowed[rows, chosen.draft_model, chosen.context].all()
    drawn = RandomShare(chosen)
    drawn.fit(judged, 3)
    again = drawn.choose(judged)
    assert judged.allowed[rows, again.model, again.context].all()


def test_the_best_fixed_choice_is_the_best_of_those_made_everywhere(found: Evaluation) -> None:
    utility = {worth.policy: worth.utility.mean for worth in found.worths}
    assert utility["best fixed"] == max(utility[name] for name in utility if name.startswith(("always", "best")))
    judged = board(50, 0)
    fixed = BestFixed()
    fixed.fit(board(500, 1), 0)
    chosen = fixed.choose(judged)
    everywhere = judged.allowed.all(axis=(1, 2))
    assert len(set(zip(chosen.model[everywhere].tolist(), chosen.context[everywhere].tolist(), strict=True))) == 1


def test_always_takes_the_nearest_that_is_allowed() -> None:
    judged = board(50, 0)
    quality = judged.quality.copy()
    quality[0] = np.nan
    quality[0, 1, 0] = quality[0, 3, 1] = 0.5
    chosen = Always("x", 2, 1).choose(Board(**{**vars(judged), "quality": quality, "expected": quality}))
    assert (chosen.model[0], chosen.context[0]) == (1, 0)
    assert (chosen.model[1:] == 2).all() and (chosen.context[1:] == 1).all()


def test_escalating_pays_for_the_draft_and_stays_within_the_budget() -> None:
    one = board(1, 0)
    quality = np.full((1, 4, 4), 0.5)
    quality[0, 1] = np.nan
    latency = np.broadcast_to(LATENCY_MS[None, :, None], quality.shape)
    rows = Board(**{**vars(one), "quality": quality, "latency_ms": latency, "price": latency * 1e-3})
    draft = np.array([0]), np.array([1])
    assert rows.larger(*draft).tolist() == [2]
    assert rows.gain(*draft).tolist() == pytest.approx([(0.5 - 0.5) - 0.5])
    tight = Board(**{**vars(rows), "budget_ms": np.array([599.0])})
    assert tight.larger(*draft).tolist() == [NONE]
    assert np.isnan(tight.gain(*draft)).all()


def test_a_thrown_away_draft_is_paid_for() -> None:
    rows = board(1, 2)
    chosen = accepted(np.array([0]), np.array([2]))
    went_on = type(chosen)(
        draft_model=np.array([0]), draft_context=np.array([2]), model=np.array([2]), context=np.array([2])
    )
    assert went_on.spent(rows, rows.latency_ms).tolist() == [600.0]
    assert chosen.spent(rows, rows.latency_ms).tolist() == [100.0]
    expected = rows.quality[0, 2, 2] - rows.price[0, 2, 2] - rows.price[0, 0, 2]
    assert metrics.utility_of(went_on, rows).tolist() == pytest.approx([expected])


def test_curves_of_known_rankings() -> None:
    weak, strong = np.array([0.0, 0.0, 1.0, 1.0]), np.array([1.0, 1.0, 1.0, 1.0])
    # The two questions that gain go first: a triangle up to half of the calls, then all is recovered.
    assert recovered(np.array([2.0, 2.0, 1.0, 1.0]), weak, strong) == pytest.approx((0.75, 0.25, 0.4))
    assert recovered(np.zeros(4), weak, strong) == pytest.approx((0.5, 0.5, 0.8))
    assert recovered(np.array([1.0, 1.0, 2.0, 2.0]), weak, strong) == pytest.approx((0.25, 0.75, 0.9))
    assert np.isnan(recovered(np.zeros(4), strong, weak).apgr)


@given(st.lists(st.integers(0, 3), min_size=4, max_size=20), st.integers(0, 5))
def test_a_weight_counts_as_repetition(weights: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = len(weights)
    preference, weak, strong = rng.normal(size=n), rng.random(n), rng.random(n) + 0.5
    rows = np.repeat(np.arange(n), weights)
    got = recovered(preference, weak, strong, np.array(weights, dtype=np.float64))
    if (strong - weak)[rows].sum() > 1e-9:
        expected = recovered(preference[rows], weak[rows], strong[rows])
        np.testing.assert_allclose(got.apgr, expected.apgr, atol=1e-9)


def test_rows_of_a_question_are_drawn_together() -> None:
    # Two questions of ten equal rows each: all resamples have means of 0, 0.5 or 1.
    draws = Resampling(np.repeat([0, 1], 10), 0)
    means = draws.weights @ np.repeat([0.0, 1.0], 10) / draws.weights.sum(axis=1)
    assert set(means.tolist()) == {0.0, 0.5, 1.0}
    assert draws.ratio_of_medians(np.arange(1.0, 21.0), np.arange(1.0, 21.0)).low == 1.0
    with pytest.raises(ValueError, match="no questions"):
        Resampling(np.zeros(0, dtype=np.int64), 0)
