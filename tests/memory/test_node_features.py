from __future__ import annotations

import numpy as np
import pytest

from sanderling.memory.features import FEATURES, OfHit, table


def test_the_table_by_hand():
    cosine = np.array([0.8, 0.6, 0.7])
    words = np.array([[0.75, 0.0, 0.75], [0.0, 0.25, 0.25]])
    like = np.array([1.0, 0.5, 0.25])
    none = np.zeros(3)
    hit = OfHit(np.array([1.0, 0, 0]), np.array([0.0, 1, 0]), like, none, np.array([0.0, 5, 0]), none)
    phi = dict(zip(FEATURES, table(cosine, words, np.array([1.0, 0, 0]), none, [hit]).T, strict=True))
    assert phi["cosine_below_best"] == pytest.approx([0, -0.2, -0.1])
    assert phi["near"] == pytest.approx([1, 10 / 12, 10 / 11])
    assert phi["words"] == pytest.approx([0.75, 0.25, 1])
    assert phi["words_rank"] == pytest.approx([10 / 11, 10 / 12, 1])
    assert phi["like_hit_0"] == pytest.approx([0, 0.5, 0.25])
    # What is at right angles to the hit: q·x less (q·h)(h·x).
    assert phi["beyond_hit_0"] == pytest.approx([0, 0.6 - 0.8 * 0.5, 0.7 - 0.8 * 0.25])
    assert phi["words_left_0"] == pytest.approx([0, 0.25, 0.25])
    assert phi["names_0"] == pytest.approx([0, 3, 0])
    # No second hit.
    assert not any(phi[name].any() for name in FEATURES if name.endswith("_1"))


def test_without_words():
    phi = table(np.array([0.5]), np.zeros((0, 1)), np.zeros(1), np.zeros(1), [])
    assert phi.shape == (1, len(FEATURES)) and np.isfinite(phi).all()
