from __future__ import annotations

import numpy as np
import pytest

from sanderling.bench_device.judge.agreement import agreement, spearman


def test_spearman_is_pearson_of_ranks() -> None:
    x, y = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([5.0, 6.0, 7.0, 8.0, 7.0])
    assert spearman(x, y) == pytest.approx(0.8207826816681233)  # known value of this pair, with one tie
    assert spearman(x, x**3) == pytest.approx(1.0)
    assert spearman(x, -x) == pytest.approx(-1.0)
    assert np.isnan(spearman(x, np.ones(5)))


def test_marks_that_agree_and_marks_that_do_not() -> None:
    rng = np.random.default_rng(0)
    right = (rng.random(200) < 0.4).astype(float).tolist()
    marks = [1 + 4 * each for each in right]
    found = agreement("EM", marks, right, 1.0, seed=0)
    assert found.auroc is not None
    assert found.spearman is not None
    assert (found.auroc.mean, found.spearman.mean) == (1.0, pytest.approx(1.0))
    noise = agreement("EM", rng.random(200).tolist(), right, 1.0, seed=0)
    assert noise.auroc is not None
    assert noise.auroc.low < 0.5 < noise.auroc.high


def test_what_is_undefined_is_left_out() -> None:
    found = agreement("EM", [3.0, 4.0, 5.0], [1.0, 1.0, 1.0], 1.0, seed=0)
    assert (found.n, found.spearman, found.auroc) == (3, None, None)
    assert "undefined" in str(found)
