from __future__ import annotations

import pytest
from ask_samples import sample

from sanderling.bench_device.ask.report import compared, version_report


def test_one_version() -> None:
    samples = [sample(number, wall_ms=100.0 + number) for number in range(40)]
    samples += [sample(40, error="WorkerDied: gone")]
    found = version_report(samples, 0)
    assert (found.version, found.n, found.failed, found.first_error) == ("this", 41, 1, "WorkerDied: gone")
    assert (found.wall_ms.p50, found.p50_interval_ms, found.p90_interval_ms) == (119.5, (113.0, 126.0), (131.0, 139.0))
    assert found.stages_ms["embed"] == 4.0
    assert found.stages_ms["outside the request"] == pytest.approx(79.5)
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert (found.per_token_ms, found.new_tokens, found.written_tokens) == (2.0, 100, 5)
    assert found.contexts == {"m small (96 tokens)": 40}
    # What failed scores zero.
    assert found.f1.mean == pytest.approx(0.5 * 40 / 41)


def test_a_version_that_never_answered_has_no_times() -> None:
    found = version_report([sample(error="x")], 0)
    assert (found.wall_ms, found.stages_ms, found.shares, found.per_token_ms) == (None, {}, {}, None)


def test_the_ratio_is_paired_by_question() -> None:
    # The questions differ a hundredfold, the versions by exactly a fifth.
    before = [sample(number, "before", wall_ms=50.0 * (number + 1), f1=0.5) for number in range(40)]
    this = [sample(number, wall_ms=40.0 * (number + 1), f1=0.75) for number in reversed(range(40))]
    found = compared(this, before, 0)
    assert found.n == 40
    for each in (found.p50, found.mean):
        assert (each.ratio, each.low, each.high) == pytest.approx((0.8, 0.8, 0.8))
        assert each.paired
    assert (found.f1.mean, found.f1.low, found.f1.high) == (0.25, 0.25, 0.25)
    assert found.stages["embed"] == 1.0
    assert "writeback" not in found.stages and "load" not in found.stages


def test_failures_count_in_f1_and_not_in_times() -> None:
    before = [sample(0, "before", wall_ms=100.0, f1=1.0), sample(1, "before", wall_ms=100.0, f1=1.0)]
    this = [sample(0, wall_ms=50.0, f1=1.0), sample(1, error="x", f1=0.0)]
    found = compared(this, before, 0)
    assert (found.n, found.p50.ratio, found.f1.mean) == (1, 0.5, -0.5)
    assert compared([sample(error="x")], [sample(0, "before")], 0) is None
