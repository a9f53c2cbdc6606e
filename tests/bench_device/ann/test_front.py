from __future__ import annotations

import pytest

from sanderling.bench_device.ann.front import front, qps_at

POINTS = [(0.90, 1000.0), (0.98, 100.0), (0.95, 90.0)]  # the last is slower than the second and finds less


def test_the_front_leaves_out_what_is_beaten_on_both_sides() -> None:
    assert front(POINTS) == [(0.90, 1000.0), (0.98, 100.0)]


def test_of_equal_recalls_the_faster_stays() -> None:
    assert front([(1.0, 5.0), (1.0, 7.0), (1.0, 7.0)]) == [(1.0, 7.0)]


@pytest.mark.parametrize(
    ("recall", "qps"),
    [
        (0.90, 1000.0),
        (0.98, 100.0),
        (0.94, 316.2277660168379),  # half of the way: the square root of 1000 x 100
        (0.92, 562.341325190349),  # a quarter: 1000 / 10 ** 0.25
        (0.50, 1000.0),  # below what was measured: the fastest that was
        (0.981, None),
    ],
)
def test_qps_between_points_by_hand(recall: float, qps: float | None) -> None:
    assert qps_at(POINTS, recall) == (None if qps is None else pytest.approx(qps, rel=1e-9))


def test_nothing_measured_reaches_nothing() -> None:
    assert qps_at([], 0.5) is None
