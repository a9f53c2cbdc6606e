"""Verdicts on made-up answers: whether a target is reached can be told only from the whole interval."""

from __future__ import annotations

import pytest

from sanderling.bench_device.metrics.estimate import Estimate
from sanderling.bench_device.systems.compare import compared
from sanderling.bench_device.systems.paired import Paired
from sanderling.bench_device.systems.row import SystemRow
from sanderling.bench_device.systems.targets import Outcome, judged
from sanderling.records import Timings

ZERO = Estimate(mean=0.0, low=0.0, high=0.0)


def row(system: str, number: int, total_ms: float, quality: float, **fields: object) -> SystemRow:
    values: dict[str, object] = {
        "question": f"set/{number}",
        "set": "set",
        "digest": "1",
        "hops": 1 + number % 2,
        "answerable": True,
        "liked": False,
        "router": "rule",
        "yes_no": False,
        "turn": 0,
        "began_s": 0.0,
        "timings_ms": Timings(total=total_ms, llm=0.75 * total_ms),
        "quality": quality,
        "tflop": total_ms / 1000,
        "cpu_ms": total_ms,
        **fields,
    }
    return SystemRow(system=system, **values)


def rows(system: str, total_ms: float, quality: float, count: int = 40) -> list[SystemRow]:
    return [row(system, number, total_ms + number, quality) for number in range(count)]


def test_both_targets_are_reached_by_half_the_time_at_the_same_quality() -> None:
    asked = [*rows("routed", 400, 0.8), *rows("naive", 1000, 0.5), *rows("big", 3000, 0.8)]
    found = compared(asked, ["routed", "naive", "big"], seed=0)
    assert found.questions == 40
    assert [(each.over, each.outcome) for each in found.verdicts] == [("naive", "reached"), ("big", "reached")]
    of_naive = next(pair for pair in found.paired if (pair.system, pair.over) == ("routed", "naive"))
    # The medians of 400 to 439 and 1,000 to 1,039.
    assert of_naive.latency_ratio is not None
    assert of_naive.latency_ratio.mean == pytest.approx(419.5 / 1019.5)
    assert of_naive.quality.mean == pytest.approx(0.3)
    assert of_naive.work_ratio == pytest.approx(419.5 / 1019.5)
    standing = found.standings[0]
    assert standing.total_ms is not None and standing.total_ms.p50 == pytest.approx(419.5)
    assert (standing.llm_ms, standing.rest_ms) == (pytest.approx(0.75 * 419.5), pytest.approx(0.25 * 419.5))


def test_a_quality_that_fell_misses_the_first_target_however_fast_it_is() -> None:
    asked = [*rows("routed", 10, 0.4), *rows("naive", 1000, 0.5)]
    (verdict,) = compared(asked, ["routed", "naive"], seed=0).verdicts
    assert verdict.outcome == "missed"
    assert "quality -0.100" in verdict.why


@pytest.mark.parametrize(
    ("regret", "outcome", "words"),
    [
        ((0.05, -0.06, 0.1), "reached", "at most 0.1, half-width 0.08, below"),
        ((0.05, -0.2, 0.3), "not shown", "at most 0.1, half-width 0.25, not below"),
        ((0.3, 0.11, 0.5), "missed", "above 0.1"),
    ],
)
def test_regret_is_judged_by_its_interval(regret: tuple[float, float, float], outcome: Outcome, words: str) -> None:
    mean, low, high = regret
    pair = Paired(
        system="routed",
        over="big",
        n=100,
        em=ZERO,
        f1=ZERO,
        contains=ZERO,
        quality=ZERO,
        regret=Estimate(mean=mean, low=low, high=high),
        latency_ratio=ZERO,
        cpu_ratio=None,
        work_ratio=None,
    )
    (verdict,) = judged(pair)
    assert verdict.outcome == outcome
    assert words in verdict.why


def test_few_questions_show_nothing() -> None:
    asked = [*rows("routed", 400, 0.8, 5), *rows("naive", 1000, 0.5, 5), *rows("big-1536", 3000, 0.8, 5)]
    found = compared(asked, ["routed", "naive", "big-1536"], seed=0)
    assert {each.outcome for each in found.verdicts} == {"not shown"}
    assert all("too few" in each.why for each in found.verdicts)


def test_only_questions_that_every_system_was_asked_are_compared() -> None:
    asked = [*rows("routed", 400, 0.8, 10), *rows("naive", 1000, 0.5, 7)]
    found = compared(asked, ["routed", "naive"], seed=0)
    assert (found.questions, found.incomplete, [each.n for each in found.standings]) == (7, 3, [7, 7])


def test_a_failed_answer_is_wrong_and_has_no_time() -> None:
    asked = [*rows("routed", 400, 0.8, 9), row("routed", 9, 0.0, 0.0, error="WorkerDied: gone")]
    found = compared(asked, ["routed"], seed=0)
    (standing,) = found.standings
    assert (standing.n, standing.failed) == (10, 1)
    assert standing.quality == pytest.approx(0.72)
    assert standing.total_ms is not None and standing.total_ms.p50 == pytest.approx(404)


def test_a_perfect_gate_keeps_what_the_big_model_does_no_better() -> None:
    mid = [row("mid", n, 100, 1.0 if n < 30 else 0.0) for n in range(40)]
    big = [row("big", n, 300, 1.0 if n >= 20 else 0.0) for n in range(40)]
    naive = [row("naive", n, 200, 0.5) for n in range(40)]
    (gate,) = compared([*mid, *big, *naive], ["mid", "big", "naive"], seed=0).gates
    assert gate.kept == pytest.approx(0.75)
    # Right wherever either is, so better than big alone on the 20 that it got wrong: -4 * 20 / 40.
    assert gate.regret.mean == pytest.approx(-2.0)
    assert gate.latency_ratio.mean == pytest.approx(0.5)


def test_groups_tell_hops_and_yes_or_no_apart() -> None:
    asked = [row("routed", n, 100, 1.0, yes_no=n == 0, answerable=n != 1) for n in range(10)]
    groups = {group.name: group.n for group in compared(asked, ["routed"], seed=0).groups}
    assert groups == {"simple": 5, "moderate": 4, "unanswerable": 1, "yes or no": 1, "neither": 8, "set": 10}


def test_a_system_that_is_asked_some_questions_stands_over_those() -> None:
    asked = [*rows("routed", 400, 0.8), *rows("naive", 1000, 0.5), *rows("big-1536", 3000, 0.8)[::4]]
    found = compared(asked, ["routed", "naive", "big-1536"], seed=0, sampled=["big-1536"])
    assert (found.questions, [each.n for each in found.standings]) == (40, [40, 40, 10])
    ns = {(pair.system, pair.over): pair.n for pair in found.paired}
    assert (ns["routed", "naive"], ns["routed", "big-1536"]) == (40, 10)
    assert {each.over: each.outcome for each in found.verdicts} == {"naive": "reached", "big-1536": "reached"}


def test_a_perfect_gate_after_a_routed_draft_counts_its_first_draft_and_its_time() -> None:
    routed = [
        row("routed", number, 900, 0.0, first_quality=1.0 if number < 30 else 0.0, first_ms=400.0)
        for number in range(40)
    ]
    asked = [*routed, *rows("big", 2000, 0.5), *rows("naive", 800, 0.2)]
    (gate,) = compared(asked, ["routed", "big", "naive"], seed=0).gates
    assert (gate.system, gate.kept) == ("routed", pytest.approx(0.75))
    assert gate.latency_ratio.mean == pytest.approx(400 / 819.5)
    assert gate.regret.mean == pytest.approx(-1.5)  # 30 of 40 are right where big is half right


def test_the_verifier_is_judged_by_what_it_said_of_the_answers() -> None:
    sure = [row("big", number, 10, 1.0, confidence=0.9, verdict="borne_out") for number in range(6)]
    doubted = [row("big", number, 10, 0.0, confidence=0.1, verdict="not_sure") for number in range(6, 10)]
    missed = [row("big", number, 10, 0.0, confidence=0.9, verdict="borne_out") for number in range(10, 12)]
    unsaid = [row("big", 12, 10, 0.0), row("big", 13, 10, 0.0, confidence=0.1, answerable=False)]
    of_all, of_set = compared([*sure, *doubted, *missed, *unsaid], ["big"], seed=0).verified
    assert (of_all.set, of_set.set, of_all.n, of_set.n) == ("", "set", 12, 12)
    assert of_all.area.mean == pytest.approx(5 / 6)  # of 36 pairs 24 in order, 12 level
    assert (of_all.not_sure_wrong, of_all.wrong_not_sure) == (1.0, pytest.approx(4 / 6))
