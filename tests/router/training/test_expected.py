"""Expected qualities: the closed form of leaving one out, what is learned, and what must not be seen."""

from __future__ import annotations

import numpy as np
import pytest
from collection_header import LADDER, TOKENS, asked
from hypothesis import given
from hypothesis import strategies as st

from sanderling.router.labels import table
from sanderling.router.training.expected import expected, ridge


def tabulated(quality: np.ndarray, mass: np.ndarray) -> table.Table:
    questions = tuple(asked(n, {"has_hits": 1.0, "attention_top3": float(each)}) for n, each in enumerate(mass))
    return table.Table(LADDER, TOKENS, questions, quality, quality, quality, {}, {})


@given(st.integers(3, 12), st.integers(1, 6), st.sampled_from([0.5, 10.0, 1000.0, np.inf]), st.integers(0, 9))
def test_errors_are_those_of_leaving_each_one_out(n: int, columns: int, penalty: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, columns)), rng.normal(size=n)
    everything = ridge(x, np.arange(n), y, penalty)
    for left_out in range(n):
        rest = np.delete(np.arange(n), left_out)
        predicted = ridge(x, rest, y[rest], penalty).predicted[left_out]
        assert everything.errors[left_out] == pytest.approx(y[left_out] - predicted, abs=1e-8)


def test_what_features_tell_is_kept_and_luck_is_not() -> None:
    rng = np.random.default_rng(0)
    mass = rng.random(400)
    chance = np.repeat((0.1 + 0.8 * mass)[:, None], 9, axis=1).reshape(400, 3, 3)
    lucky = (rng.random(chance.shape) < chance).astype(float)
    found = expected(tabulated(lucky, mass), np.arange(400))
    assert np.abs(found - chance).mean() < 0.25 * np.abs(lucky - chance).mean()
    luck_alone = (rng.random(chance.shape) < 0.5).astype(float)
    flat = expected(tabulated(luck_alone, mass), np.arange(400))
    np.testing.assert_allclose(flat, np.broadcast_to(luck_alone.mean(axis=0), flat.shape))


def test_only_the_questions_learned_from_are_seen() -> None:
    rng = np.random.default_rng(1)
    mass, quality = rng.random(40), rng.random((40, 3, 3))
    quality[3, 1, 2] = np.nan
    learned = np.arange(20)
    before = expected(tabulated(quality, mass), learned)
    other = quality.copy()
    other[20:] = 1 - other[20:]
    np.testing.assert_array_equal(before, expected(tabulated(other, mass), learned))
    assert np.isnan(before[3, 1, 2])
    assert np.isnan(before).sum() == 1


def test_what_only_other_questions_were_tried_with_keeps_what_was_measured() -> None:
    quality = np.random.default_rng(2).random((20, 3, 3))
    quality[:10, 2, 2] = np.nan
    found = expected(tabulated(quality, np.linspace(0, 1, 20)), np.arange(10))
    np.testing.assert_array_equal(found[10:, 2, 2], quality[10:, 2, 2])


def test_without_answers_enough_a_choice_is_worth_its_mean() -> None:
    quality = np.full((10, 3, 3), np.nan)
    quality[:4, 0, 0] = [0.0, 1.0, 0.0, 1.0]
    found = expected(tabulated(quality, np.linspace(0, 1, 10)), np.arange(10))
    assert found[:4, 0, 0].tolist() == [0.5] * 4
    assert np.isfinite(found).sum() == 4
