from __future__ import annotations

import math

import pytest

from sanderling.bench_device.judge.local import mean_mark


def test_a_mark_is_the_mean_by_likelihood() -> None:
    assert mean_mark([-50.0, -50.0, -50.0, -50.0, 0.0]) == pytest.approx(5.0)
    assert mean_mark([-3.0] * 5) == pytest.approx(3.0)
    # Unnormalised: what else the model might say does not count.
    assert mean_mark([-9e9, -9e9, -9e9, math.log(0.1), math.log(0.3)]) == pytest.approx((4 + 3 * 5) / 4)
    assert 1.0 <= mean_mark([-1e4, -2e4, -3e4, -4e4, -5e4]) <= 5.0
