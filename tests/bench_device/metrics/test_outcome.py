"""What an interval says about a bound."""

from __future__ import annotations

import pytest

from sanderling.bench_device.metrics.estimate import Estimate
from sanderling.bench_device.metrics.outcome import Outcome, at_most


@pytest.mark.parametrize(
    ("low", "mean", "high", "outcome"),
    [
        (-0.1, 0.0, 0.09, "reached"),
        (0.0, 0.05, 0.1, "reached"),
        (0.05, 0.09, 0.3, "not shown"),
        (0.1, 0.2, 0.4, "not shown"),
        (0.11, 0.2, 0.4, "missed"),
    ],
)
def test_an_outcome_follows_from_the_whole_interval(low: float, mean: float, high: float, outcome: Outcome) -> None:
    assert at_most(Estimate(mean=mean, low=low, high=high), 0.1) == outcome
