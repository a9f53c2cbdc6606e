"""Off-policy estimates on simulated logs whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanderling.router.training import offpolicy

ACTIONS = 4


def simulated(seed: int, n: int = 4000):
    """Contexts with their own rewards, a logging policy that has every action, and a target that is another."""
    rng = np.random.default_rng(seed)
    means = rng.uniform(-1, 1, (n, ACTIONS))
    logging = rng.dirichlet(np.ones(ACTIONS), n) * 0.6 + 0.4 / ACTIONS
    target = rng.dirichlet(np.full(ACTIONS, 0.3), n)
    action = (logging.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    rows = np.arange(n)
    reward = means[rows, action] + rng.normal(0, 0.2, n)
    truth = float((target * means).sum(axis=1).mean())
    return means, target, action, logging[rows, action], reward, truth


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), wrong=st.floats(-3, 3))
def test_both_are_unbiased_whatever_the_model_says(seed: int, wrong: float) -> None:
    means, target, action, propensity, reward, truth = simulated(seed)
    of_logged = target[np.arange(len(action)), action]
    for values in (
        offpolicy.ips(of_logged, propensity, reward),
        offpolicy.doubly_robust(target, means, action, propensity, reward),
        offpolicy.doubly_robust(target, np.full_like(means, wrong), action, propensity, reward),
    ):
        # Weights are at most 10, so 4,000 rows make the mean normal; beyond six of its deviations lie 2e-9 of it.
        deviation = values.std(ddof=1) / len(values) ** 0.5
        assert abs(values.mean() - truth) < 6 * deviation


@given(seed=st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_a_right_model_needs_fewer_rows(seed: int) -> None:
    means, target, action, propensity, reward, _ = simulated(seed)
    of_logged = target[np.arange(len(action)), action]
    plain = offpolicy.ips(of_logged, propensity, reward)
    assert offpolicy.doubly_robust(target, means, action, propensity, reward).std() < plain.std()


@given(seed=st.integers(0, 2**31), n=st.integers(2, 60))
def test_the_logging_policy_is_worth_what_it_got(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    reward, action = rng.normal(size=n), rng.integers(ACTIONS, size=n)
    drawn = rng.uniform(0.05, 1, n)
    np.testing.assert_array_equal(offpolicy.ips(drawn, drawn, reward), reward)
    # One that always does the same has no variance from its weights either, whatever the model says of it.
    target = np.eye(ACTIONS)[action]
    values = offpolicy.doubly_robust(target, rng.normal(size=(n, ACTIONS)), action, np.ones(n), reward)
    # One addition and one subtraction of numbers below 10: errors of a few units in the last place.
    np.testing.assert_allclose(values, reward, rtol=0, atol=16 * np.finfo(float).eps * 10)


def test_weights_are_clipped_and_impossible_propensities_refused() -> None:
    np.testing.assert_array_equal(
        offpolicy.weights(np.array([1.0, 0.0]), np.array([0.001, 0.5]), clip=20), np.array([20.0, 0.0])
    )
    for bad in (0.0, -0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="propensities"):
            offpolicy.weights(np.ones(1), np.array([bad]))


def test_an_interval_covers_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(200):
        _, target, action, propensity, reward, truth = simulated(seed, n=300)
        of_logged = target[np.arange(len(action)), action]
        found = offpolicy.estimate(offpolicy.ips(of_logged, propensity, reward))
        covered += found.low <= truth <= found.high
    # The truth is of the contexts drawn, so it covers a little more; 200 draws of .95 hold at least 178 but for 1e-3.
    assert covered >= 178


def test_nothing_is_no_estimate_and_one_row_says_nothing() -> None:
    with pytest.raises(ValueError, match="no rows"):
        offpolicy.estimate(np.array([]))
    assert offpolicy.estimate(np.array([1.0])).high == float("inf")
