"""A routing problem whose right answers are known: the tests of training and of the baselines learn it."""

from __future__ import annotations

import numpy as np

from sanderling.router.training.examples import Examples, from_utilities

INPUTS = 64
SKILL = np.array([0.25, 0.45, 0.7, 0.95])
COST = np.array([0.02, 0.1, 0.2, 0.35])
MODELS = ("a", "b", "c", "d")
SECRET = slice(45, 50)


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def task(n: int, seed: int, noise: float = 0.02) -> Examples:
    """Difficulty in features 0 and 1, need of context in 2, the largest model forbidden where 3 is set.

    What only the draft tells is in features 45 to 49 of the second step: the sign says whether escalating wins.
    """
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(n, INPUTS)).astype(np.float32)
    first[:, SECRET] = 0
    first[:, 50:] = 0
    first[:, 3] = rng.random(n) < 0.3
    difficulty, need = logistic(2 * first[:, 0] + first[:, 1]), logistic(2 * first[:, 2])
    solved = logistic(10 * (SKILL - difficulty[:, None]))
    covered = logistic(10 * ((np.arange(4) + 0.5) / 4 - need[:, None] + 0.3))
    price = COST[:, None] * np.arange(1, 5) / 4
    utility = solved[:, :, None] * covered[:, None] - price + noise * rng.normal(size=(n, 4, 4))
    utility[first[:, 3] == 1, 3] = np.nan
    secret = rng.normal(size=n)
    second = first.copy()
    second[:, SECRET] = secret[:, None] + 0.3 * rng.normal(size=(n, 5))
    second[::4] = np.nan
    return from_utilities(first, utility, second=second, gain=0.3 * secret, epsilon=0.02)
