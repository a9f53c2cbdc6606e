from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.bench_device.ann.truth import exact, recall
from sanderling.records import Keys, Vectors


def on_a_circle(*degrees: float) -> Vectors:
    angle = np.radians(np.array(degrees))
    return np.stack((np.cos(angle), np.sin(angle)), axis=1).astype(np.float32)


def keys(*values: int) -> Keys:
    return np.array(values, dtype=np.uint64)


VECTORS = on_a_circle(0, 10, 20, 30, 20)
QUERY = on_a_circle(-5)


def test_recall_counts_what_is_as_near_as_the_kth() -> None:
    truth = exact(VECTORS, QUERY, 2)
    assert recall(truth, [keys(0, 1)]) == 1.0
    assert recall(truth, [keys(1, 3)]) == 0.5
    assert recall(truth, [keys(3)]) == 0.0


def test_either_of_two_equal_vectors_is_right() -> None:
    truth = exact(VECTORS, QUERY, 3)
    assert recall(truth, [keys(0, 1, 2)]) == recall(truth, [keys(0, 1, 4)]) == 1.0


def test_repeats_unknown_keys_and_the_dead_count_for_nothing() -> None:
    truth = exact(VECTORS, QUERY, 2, np.array([True, False, True, True, True]))
    assert recall(truth, [keys(0, 0)]) == 0.5
    assert recall(truth, [keys(0, 2**64 - 1)]) == 0.5
    assert recall(truth, [keys(0, 1)]) == 0.5
    assert recall(truth, [keys(0, 4)]) == 1.0


def test_too_few_live_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="no 6 nearest"):
        exact(VECTORS, QUERY, 6)


@given(st.integers(0, 2**32), st.integers(1, 8))
def test_sorting_everything_has_recall_one(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((40, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    live = rng.random(32) < 0.7
    live[:8] = True
    order = np.argsort(-(rows[32:].astype(np.float64) @ rows[:32].astype(np.float64).T), axis=1)
    found = [ranked[live[ranked]][:k].astype(np.uint64) for ranked in order]
    assert recall(exact(rows[:32], rows[32:], k, live), found) == 1.0
