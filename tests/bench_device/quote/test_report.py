"""The report of the sentences shown at once."""

from __future__ import annotations

import numpy as np
import pytest

from sanderling.bench_device.quote.measure import Sample
from sanderling.bench_device.quote.report import BINS, summarise
from sanderling.bench_device.quote.tables import markdown


def sample(set: str, number: int, holds: bool, coverage: float, hops: int = 1) -> Sample:
    return Sample(
        set=set,
        question=str(number),
        hops=hops,
        text="A sentence.",
        holds=holds,
        signs=(coverage, coverage / 2, coverage, 0.0),
        embed_ms=1.0,
        retrieval_ms=2.0,
        quote_ms=3.0,
        cpu_ms=5.0,
    )


@pytest.fixture
def samples() -> list[Sample]:
    rng = np.random.default_rng(1)
    return [
        sample(name, number, bool(rng.random() < coverage), float(coverage), hops=1 + number % 2)
        for name in ("one", "two")
        for number, coverage in enumerate(rng.random(60))
    ]


def test_shares_times_and_confidences(samples: list[Sample]) -> None:
    nothing = sample("one", 99, False, 0.5).__class__(
        **{**{name: getattr(samples[0], name) for name in Sample.__struct_fields__}, "signs": (), "holds": False}
    )
    report = summarise([*samples, nothing], "hash", {"cpu": "a"})
    one, two = report.sets
    assert (one.questions, two.questions) == (61, 60)
    assert one.holds == pytest.approx(sum(each.holds for each in samples if each.set == "one") / 61)
    assert report.total_ms.p50 == 6.0 and report.cpu_ms.p50 == 5.0
    assert report.parts_ms == {"embed": 1.0, "retrieval": 2.0, "quote": 3.0}
    assert 0.6 < report.pooled_left_out < 1
    assert sum(each.questions for each in report.reliability) == 120
    assert all(each.low <= each.mean <= each.high for each in report.reliability)
    assert (report.reliability[0].low, report.reliability[-1].high) == (BINS[0], BINS[-1])
    assert set(report.weights) == {"coverage", "margin", "weight", "hops", "bias"}
    text = markdown(report)
    assert "| one | 61 |" in text and "P50 6.0 ms" in text


def test_one_set_has_no_set_left_out(samples: list[Sample]) -> None:
    report = summarise([each for each in samples if each.set == "one"], "hash", {})
    assert (report.pooled_left_out, report.sets[0].auroc_left_out) == (None, None)
    assert "one set, so none" in markdown(report)
