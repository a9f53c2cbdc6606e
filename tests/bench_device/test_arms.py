"""The summary of a live comparison, on rows made by hand."""

from __future__ import annotations

import pytest

from sanderling.bench_device.arms import compare_arms
from sanderling.constraints import Constraints
from sanderling.records import MemoryUse, Timings, TokenCounts
from sanderling.telemetry.row import Quality, RetrievalStats, RouterDecision, Row, Versions


def row(number: int, arm: str, total_ms: float, score: float | None = None, **fields: object) -> Row:
    values: dict[str, object] = {
        "request_id": f"{arm} {number}",
        "timestamp": "2026-11-23T12:00:00.000+00:00",
        "user_id": "u",
        "query": f"{arm} {number}?",
        "router_features": (),
        "router_decision": RouterDecision(
            model_id="small", context_size=160, temperature=0.0, top_p=1.0, propensity=1.0, escalated=False
        ),
        "retrieval_stats": RetrievalStats(
            k=1, mean_distance=0, std_distance=0, min=0, max=0, entropy_attention=0, depth_touched=0, nodes_used=1
        ),
        "latency_ms": Timings(total=total_ms, llm=total_ms / 2),
        "tokens": TokenCounts(),
        "memory": MemoryUse(),
        "quality": Quality(score=score),
        "constraints": Constraints(),
        "versions": Versions(router=f"router {arm}"),
        "declined": False,
        "experiment": f"test/{arm}",
        **fields,
    }
    return Row(**values)


def test_arms_are_counted_and_compared() -> None:
    rows = [row(n, "a", 100.0 + n, 5.0 if n % 2 else 1.0) for n in range(20)]
    rows += [row(n, "b", 300.0 + n, 5.0, declined=n < 5) for n in range(20)]
    rows += [row(90, "a", 0.0, error="WorkerDied"), row(91, "b", 1.0, cached=True), row(92, "b", 9.0, experiment="")]
    (found,) = compare_arms(rows)
    a, b = found.arms
    assert (found.experiment, a.arm, b.arm) == ("test", "a", "b")
    assert (a.count, a.failed, a.cached, b.count, b.failed, b.cached) == (21, 1, 0, 21, 0, 1)
    assert a.total_ms is not None and a.total_ms.p50 == pytest.approx(109.5)
    # The answer from the cache is no sign of its route's speed.
    assert b.total_ms is not None and b.total_ms.p50 == pytest.approx(309.5)
    assert (a.share_llm, a.routers, b.routers) == (pytest.approx(0.5), {"router a": 20}, {"router b": 21})
    assert (a.rated, a.good, b.good) == (20, 0.5, 1.0)
    assert (a.declined, b.declined) == (0.0, pytest.approx(5 / 21))
    assert found.latency_ratio is not None and found.latency_ratio.ratio == pytest.approx(309.5 / 109.5)
    assert found.latency_ratio.low > 2
    assert found.rating is not None and found.rating.mean == pytest.approx(2.0)
    assert found.rating.low > 0
    assert found.declined is not None and found.declined.low > 0
    assert (found.pairs, found.paired_latency) == (0, None)
    assert any("b beside a: latency 2.8" in line for line in found.lines())


def test_the_same_question_in_both_arms_is_a_pair() -> None:
    rows = [row(n, arm, 100.0 if arm == "a" else 50.0, 3.0, query=f"q{n}") for n in range(8) for arm in ("a", "b")]
    (found,) = compare_arms(rows)
    assert found.pairs == 8
    assert found.paired_latency is not None and found.paired_latency.ratio == pytest.approx(0.5)
    assert found.paired_rating is not None and found.paired_rating.mean == 0.0


def test_few_answers_have_no_interval() -> None:
    (found,) = compare_arms([row(0, "a", 10.0), row(0, "b", 10.0)])
    assert (found.latency_ratio, found.rating, found.declined) == (None, None, None)
    assert any("too few answers" in line for line in found.lines())


def test_experiments_are_told_apart_and_none_is_none() -> None:
    assert compare_arms([row(0, "a", 10.0, experiment="")]) == ()
    names = [each.experiment for each in compare_arms([row(0, "a", 1.0), row(1, "b", 1.0, experiment="x/b")])]
    assert names == ["test", "x"]
