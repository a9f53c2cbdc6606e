"""Telemetry rows become arrays, a model of the reward is fitted to them, and both judge routers."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from sanderling.constraints import Constraints
from sanderling.errors import UsageError
from sanderling.records import CONTEXT_BINS, MemoryUse, Timings, TokenCounts
from sanderling.router import features
from sanderling.router.training import judge, logged, reward
from sanderling.router.training.decisions import by_rule
from sanderling.router.training.online import imputed, train_online
from sanderling.router.training.settings import Settings
from sanderling.telemetry.row import Arm, Quality, RetrievalStats, RouterDecision, Row, Versions

LADDER = ("small", "big")
ARMS = tuple(
    Arm(model_id=name, rung=rung, context_bin=size, predicted_ms=100.0 * (rung + 1))
    for rung, name in enumerate(LADDER)
    for size in CONTEXT_BINS
)


def row(number: int, arm: Arm, score: float | None, *, hard: bool = False, propensity: float = 1 / 6) -> Row:
    raw = {"query_multi_hop_cues": 2.0 * hard, "has_hits": 1.0, "attention_top3": 0.95, "has_draft": 1.0}
    return Row(
        request_id=str(number),
        timestamp="",
        user_id="",
        query=f"question {number}",
        router_features=tuple(features.vector(raw).tolist()),
        router_decision=RouterDecision(
            model_id=arm.model_id,
            context_size=256,
            temperature=0.3,
            top_p=0.9,
            propensity=propensity,
            escalated=False,
            context_bin=arm.context_bin,
        ),
        retrieval_stats=RetrievalStats(
            k=0, mean_distance=0, std_distance=0, min=0, max=0, entropy_attention=0, depth_touched=0, nodes_used=0
        ),
        latency_ms=Timings(total=500.0, load=20.0, llm=80.0),
        tokens=TokenCounts(),
        memory=MemoryUse(),
        quality=Quality(score=score),
        constraints=Constraints(budget_ms=1000.0),
        versions=Versions(features=features.VERSION, router="rule"),
        arms=ARMS,
    )


def uniform(count: int, *, hard_needs_big: bool) -> list[Row]:
    """Every arm as likely; hard questions are answered by the big model, or as easy ones by any."""
    rng, made = np.random.default_rng(0), []
    for number in range(count):
        arm, hard = ARMS[rng.integers(len(ARMS))], bool(rng.random() < 0.5)
        right = arm.model_id == "big" if hard and hard_needs_big else True
        made.append(row(number, arm, 5 if right else 1, hard=hard))
    return made


def test_rows_arrive_as_they_were() -> None:
    log, ladder = logged.read([row(0, ARMS[4], 4, propensity=0.25)])
    assert ladder == LADDER
    assert (log.action.tolist(), log.propensity.tolist(), log.quality.tolist()) == ([4], [0.25], [0.75])
    assert np.isfinite(log.predicted_ms[0]).sum() == len(ARMS)
    assert not log.first[0, features.INDEX["has_draft"]]
    # Loading and generating, at the price that someone with this budget puts on them.
    np.testing.assert_allclose(log.reward, 0.75 - logged.lambda_of(1000.0) * 100.0)


def test_an_escalated_row_is_about_its_first_choice() -> None:
    found = row(0, ARMS[len(CONTEXT_BINS)], 5)
    decision = msgspec.structs.replace(found.router_decision, drafted_by="small", escalated=True)
    log, _ = logged.read([msgspec.structs.replace(found, router_decision=decision)])
    assert log.action.tolist() == [0]


def test_a_row_whose_context_grew_is_about_the_context_of_its_first_draft() -> None:
    found = row(0, ARMS[2], 5)
    decision = msgspec.structs.replace(
        found.router_decision,
        drafted_by=found.router_decision.model_id,
        drafted_bin=ARMS[1].context_bin,
        escalated=True,
    )
    log, _ = logged.read([msgspec.structs.replace(found, router_decision=decision)])
    assert log.action.tolist() == [1]


def test_what_cannot_be_used_is_passed_over() -> None:
    good, other = row(0, ARMS[0], 5), Arm(model_id="other", rung=0, context_bin="small", predicted_ms=1.0)
    turn = list(good.router_features)
    turn[features.INDEX["turn"]] = 0.5
    replace = msgspec.structs.replace
    bad = [
        row(1, ARMS[0], None),
        replace(good, arms=()),
        replace(good, cached=True),
        replace(good, router_features=tuple(turn)),
        replace(good, versions=Versions(features=features.VERSION - 1)),
        replace(good, arms=(other,), router_decision=replace(good.router_decision, model_id="other")),
    ]
    log, ladder = logged.read([*bad, good])
    assert (len(log), ladder) == (1, LADDER)
    assert len(logged.read(bad[:1])[0]) == 0


def test_the_reward_learns_which_questions_need_the_big_model() -> None:
    log, _ = logged.read(uniform(400, hard_needs_big=True))
    predicted = reward.fit(log).predicted(log)
    hard = log.first[:, features.INDEX["query_multi_hop_cues"]] > 0
    quality = predicted + log.price[:, None, None] * log.predicted_ms
    assert quality[hard, 0].max(initial=0) < 0.3
    assert quality[hard, 1].min() > 0.7
    assert quality[~hard, 0].min() > 0.7
    assert np.isnan(predicted[:, 2:]).all()


def test_imputed_utilities_are_of_what_was_allowed_and_label_the_better_model() -> None:
    log, _ = logged.read(uniform(400, hard_needs_big=True))
    made = imputed(log)
    np.testing.assert_array_equal(made.allowed, np.isfinite(log.predicted_ms))
    assert not made.drafted.any()
    np.testing.assert_array_equal(made.y_temperature, log.temperature)
    hard = log.first[:, features.INDEX["query_multi_hop_cues"]] > 0
    assert (made.y_model[hard] == 1).mean() > 0.9


@pytest.mark.usefixtures("smallest_first")
def test_the_better_router_wins_and_one_like_the_rule_does_not() -> None:
    def always_big(first, allowed):
        return np.ones(len(first), dtype=np.int64), np.zeros(len(first), dtype=np.int64)

    log, _ = logged.read(uniform(300, hard_needs_big=True))
    half = np.arange(len(log)) % 2 == 0
    found = judge.on_log(always_big, by_rule, "rule", log.take(half), log.take(~half))
    assert found.better
    # Half the questions are hard: the big model wins 1/2 of quality and loses its price of 100 ms.
    assert found.difference.low < 0.5 - logged.lambda_of(1000.0) * 100 < found.difference.high
    assert not judge.on_log(by_rule, by_rule, "rule", log.take(half), log.take(~half)).better
    assert not judge.on_log(by_rule, always_big, "big", log.take(half), log.take(~half)).better


@pytest.mark.parametrize("hard_needs_big", [True, False])
@pytest.mark.usefixtures("smallest_first")
def test_training_on_a_log_finds_what_there_is_to_find(hard_needs_big: bool) -> None:
    log, ladder = logged.read(uniform(300, hard_needs_big=hard_needs_big))
    settings = Settings(hidden=16, epochs=20)
    found = train_online(log, None, ladder, present=None, against="rule", options=settings)
    # Where the small model is always right there is nothing to win over the rule.
    assert found.better == hard_needs_big


def test_few_or_unexplored_rows_are_refused() -> None:
    few, ladder = logged.read(uniform(10, hard_needs_big=True))
    with pytest.raises(UsageError, match="10 rated questions"):
        train_online(few, None, ladder, present=None, against="rule")
    plain, ladder = logged.read([row(number, ARMS[0], 5, propensity=1.0) for number in range(40)])
    with pytest.raises(UsageError, match="nothing in the log was explored"):
        train_online(plain, None, ladder, present=None, against="rule")
