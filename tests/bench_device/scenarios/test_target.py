from __future__ import annotations

import pytest

from sanderling.bench_device.scenarios.target import Target, target


def judged(
    median_ms: float = 600.0,
    interval_ms: tuple[float, float] | None = (590.0, 610.0),
    device_class: str = "laptop",
    verdict: str = "VALID",
    tier: str | None = None,
) -> Target:
    shares = {"embed": 0.4, "first token": 0.6}
    return target(
        "m", device_class, median_ms=median_ms, interval_ms=interval_ms, shares=shares, verdict=verdict, tier=tier
    )


@pytest.mark.parametrize(
    ("device_class", "limit", "outcome"),
    [("laptop", 500, "missed"), ("server", 500, "missed"), ("phone", 800, "met"), ("board", 800, "met")],
)
def test_the_target_by_class_of_device(device_class: str, limit: int, outcome: str) -> None:
    found = judged(device_class=device_class)
    assert (found.limit_ms, found.outcome, found.why, found.dominated_by) == (limit, outcome, "", "first token")
    assert found.sentence.startswith(f"{outcome}: median 600 ms [590, 610] of {limit} ms")
    assert found.sentence.endswith("first token took 60%")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"tier": "B"}, "this device is a laptop, of tier A"),
        ({"interval_ms": None}, "too few questions"),
        ({"median_ms": 490.0, "interval_ms": (400.0, 510.0)}, "the limit lies within the interval"),
        ({"median_ms": 510.0, "interval_ms": (499.0, 520.0)}, "the limit lies within the interval"),
        ({"verdict": "BUSY"}, "something disturbed the requests"),
    ],
)
def test_what_cannot_be_told_is_not_judged(values: dict[str, object], why: str) -> None:
    found = judged(**values)
    assert found.outcome == "not judged here"
    assert why in found.why and why in found.sentence


def test_a_disturbance_only_lengthens() -> None:
    found = judged(400.0, (390.0, 410.0), verdict="BUSY")
    assert found.outcome == "met"
    assert found.sentence.endswith("; the requests are BUSY")
    # The interval ends below the limit, or begins at it.
    assert judged(450.0, (440.0, 499.9)).outcome == "met"
    assert judged(520.0, (500.0, 540.0)).outcome == "missed"
