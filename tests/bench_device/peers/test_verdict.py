"""Aims are judged by whole intervals."""

from __future__ import annotations

import pytest

from sanderling.bench_device.metrics.estimate import Estimate
from sanderling.bench_device.peers.catalogue import OURS
from sanderling.bench_device.peers.row import Cost
from sanderling.bench_device.peers.standing import Standing
from sanderling.bench_device.peers.verdict import verdicts


def of(low: float, high: float) -> Estimate:
    return Estimate(mean=(low + high) / 2, low=low, high=high)


def standing(hops: str, gain: Estimate, sooner: Estimate | None, n: int = 20) -> Standing:
    zeros = dict.fromkeys(("recall", "em", "f1", "contains", "declined", "words", "first_ms", "total_ms"), 0.0)
    return Standing(peer="txtai", hops=hops, n=n, failed=0, **zeros, f1_gain=gain, contains_gain=gain, sooner=sooner)


def cost(peer: str, name: str, peak: int) -> Cost:
    return Cost(peer=peer, set=name, ingest_s=1.0, peak_rss_bytes=peak, disk_bytes=1, cold_start_ms=None)


@pytest.mark.parametrize(
    ("several", "one", "sooner", "wanted"),
    [
        (of(0.01, 0.2), of(0.0, 0.1), of(2.0, 3.0), ["reached"] * 3),
        (of(0.0, 0.2), of(-0.01, 0.1), of(1.9, 3.0), ["not shown"] * 3),
        (of(-0.2, 0.0), of(-0.2, -0.01), of(1.0, 1.9), ["missed"] * 3),
    ],
)
def test_by_the_whole_interval(several: Estimate, one: Estimate, sooner: Estimate, wanted: list[str]) -> None:
    found = [standing("2+", several, sooner), standing("1", one, sooner), standing("all", one, sooner)]
    assert [each.outcome for each in verdicts(found, [])] == wanted


def test_too_few_questions_show_nothing() -> None:
    found = [standing("2+", of(0.5, 0.5), None, n=3), standing("all", of(0.5, 0.5), None, n=3)]
    assert [each.outcome for each in verdicts(found, [])] == ["not shown", "not shown"]


def test_memory_is_lower_only_if_it_is_on_every_set() -> None:
    whole = [standing("all", of(0, 0), of(3, 3))]
    costs = [cost(OURS, "a", 50), cost("txtai", "a", 100), cost(OURS, "b", 80), cost("txtai", "b", 100)]
    last = verdicts(whole, costs)[-1]
    assert (last.aim, last.outcome, last.why) == ("peak RSS lower", "reached", "0.50 to 0.80 of its")
    worse = [*costs, cost(OURS, "c", 101), cost("txtai", "c", 100)]
    assert verdicts(whole, worse)[-1].outcome == "missed"
