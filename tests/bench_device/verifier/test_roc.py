from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.bench_device.verifier.roc import auroc, estimate


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.booleans()), min_size=1, max_size=30))
def test_the_area_is_the_share_of_pairs_in_order(rows: list[tuple[float, bool]]) -> None:
    confidence, right = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    pairs = [(a > b) + 0.5 * (a == b) for a in confidence[right] for b in confidence[~right]]
    found = auroc(confidence, right)
    assert math.isnan(found) if not pairs else found == pytest.approx(np.mean(pairs))


def test_the_interval_holds_the_area_and_draws_questions_whole() -> None:
    rng = np.random.default_rng(0)
    right = rng.random(400) < 0.4
    confidence = right * 0.5 + rng.random(400)
    found = estimate(confidence, right, np.arange(400), seed=0)
    assert found.low < found.mean < found.high
    # The same drafts as answers to fewer questions tell less.
    few = estimate(confidence, right, np.arange(400) // 20, seed=0)
    assert few.high - few.low > 0.5 * (found.high - found.low)
