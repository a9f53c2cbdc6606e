"""The confidence is fitted as the textbook says."""

from __future__ import annotations

import numpy as np
import pytest

from sanderling.bench_device.quote.fit import RIDGE, auroc, fit


def test_the_gradient_of_the_penalised_likelihood_is_nothing_at_the_weights_found() -> None:
    rng = np.random.default_rng(3)
    signs = rng.normal(size=(200, 3))
    holds = (rng.random(200) < 1 / (1 + np.exp(-(signs @ [1.5, -0.5, 0.0] + 0.3)))).astype(float)
    fitted = fit(signs, holds)
    residual = fitted.probability(signs) - holds
    # Newton ends where a step is below 1e-9; the gradient is at most the Hessian's norm, about 100, times that.
    np.testing.assert_allclose(signs.T @ residual + RIDGE * fitted.weights, 0, atol=1e-6)
    assert residual.sum() == pytest.approx(0, abs=1e-6)
    assert fitted.weights[0] > 1 > 0 > fitted.weights[1]


def test_a_sign_that_separates_all_has_a_finite_weight() -> None:
    signs = np.array([[0.0], [0.1], [0.9], [1.0]])
    assert 0 < fit(signs, np.array([0.0, 0, 1, 1])).weights[0] < 10


def test_auroc_by_pairs() -> None:
    holds = np.array([1.0, 0, 1, 0])
    assert auroc(np.array([0.9, 0.1, 0.8, 0.2]), holds) == 1.0
    assert auroc(np.array([0.5, 0.5, 0.5, 0.5]), holds) == 0.5
    assert auroc(np.array([0.9, 0.8, 0.3, 0.2]), holds) == 0.75
    assert auroc(np.array([0.9, 0.8]), np.ones(2)) is None
