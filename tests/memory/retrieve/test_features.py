from __future__ import annotations

import numpy as np
import pytest

from sanderling.memory.retrieve.features import FEATURES, OfHit, table


def test_the_table_by_hand():
    cosine = np.array([0.8, 0.6, 0.7])
    words = np.array([[0.75, 0.0, 0.75], [0.0, 0.25, 0.25]])
    like = np.array([1.0, 0.5, 0.25])
    none = np.zeros(3)
    hit = OfHit(np.array([1.0, 0, 0]), np.array([0.0, 1, 0]), like, none, np.array([0.0, 1, 5]), none)
    phi = dict(zip(FEATURES, table(cosine, words, np.array([1.0, 0, 0]), none, [hit]).T, strict=True))
    assert phi["cosine_below_best"] == pytest.approx([0, -0.2, -0.1])
    assert phi["near"] == pytest.approx([1, 10 / 12, 10 / 11])
    assert phi["words"] == pytest.approx([0.75, 0.25, 1])
    assert phi["words_rank"] == pytest.approx([10 / 11, 10 / 12, 1])
    assert phi["like_hit_0"] == pytest.approx([0, 1, 0.5])
    # What is at right angles to the hit: q·x less (q·h)(h·x), here 0, .2 and .5; then of the largest.
    assert phi["beyond_hit_0"] == pytest.approx([0, 0.2 / 0.5, 1])
    assert phi["words_left_0"] == pytest.approx([0, 1, 1])
    assert phi["names_0"] == pytest.approx([0, 1 / 3, 1])
    assert not phi["name_0"].any()
    # No second hit.
    assert not any(phi[name].any() for name in FEATURES if name.endswith("_1"))


def test_ties_to_a_hit_do_not_change_with_their_unit():
    random = np.random.default_rng(0)
    like, names = random.uniform(-1, 1, (2, 6))

    def with_unit(unit: float) -> np.ndarray:
        own, none = np.eye(6)[0], np.zeros(6)
        hit = OfHit(own, none, unit * like, none, unit * np.abs(names), none)
        return table(np.zeros(6), np.zeros((0, 6)), none, none, [hit])

    assert np.allclose(with_unit(1), with_unit(0.01), rtol=1e-12, atol=0)
    assert np.abs(with_unit(1)).max() == 1


def test_without_words():
    phi = table(np.array([0.5]), np.zeros((0, 1)), np.zeros(1), np.zeros(1), [])
    assert phi.shape == (1, len(FEATURES)) and np.isfinite(phi).all()
