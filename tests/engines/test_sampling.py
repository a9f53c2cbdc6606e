from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from sanderling.engines.sampling import MOST_MARGIN, PENALTY_LAST_N, _truncate, draw
from sanderling.records import Sampling

logit_rows = st_numpy.arrays(np.float32, st.integers(1, 40), elements=st.floats(-30, 30, width=32))
samplings = st.builds(
    Sampling,
    temperature=st.sampled_from([0.0, 0.1, 1.0, 2.0]),
    top_p=st.floats(0.01, 1.0),
    top_k=st.integers(0, 50),
    min_p=st.floats(0.0, 1.0),
    repeat_penalty=st.floats(1.0, 2.0),
)


def logprobs(row: np.ndarray) -> np.ndarray:
    row = row.astype(np.float64)
    return row - row.max() - np.log(np.exp(row - row.max()).sum())


@given(row=logit_rows, sampling=samplings, seed=st.integers(0, 2**32))
def test_a_drawn_token_is_valid_and_carries_the_models_own_logprob(row, sampling, seed):
    chosen, logprob, margin, entropy = draw(row, [0], sampling, np.random.default_rng(seed))
    assert 0 <= chosen < row.size
    assert logprob <= 0.0
    # The sum is of float32 terms exp(d): d is rounded by |d| * 2**-24, exp by 2**-22 relative. Terms with d > -20 are
    # off by 20 * 2**-24 + 2**-22 < 1.5e-6 relative; the at most 40 others make up less than 40 * exp(-20) < 1e-7 of it;
    # adding 40 terms, eight at a time, rounds by at most 40 * 2**-24 < 2.4e-6.
    own = logprobs(row)
    assert logprob == pytest.approx(min(0.0, own[chosen]), abs=4e-6)
    best = np.sort(own)[::-1]
    # Two float32 logits below 30 apart in float64: each is exact, so the difference is.
    assert margin == pytest.approx(min(best[0] - best[1], MOST_MARGIN) if row.size > 1 else MOST_MARGIN, abs=1e-9)
    # Of -Σ p log p: |log p| stays below 20 where p matters, so it is off by 20 times what a share is off by.
    assert entropy == pytest.approx(-(np.exp(own) * own).sum(), abs=1e-4)


def test_a_token_that_cannot_come_leaves_the_signals_finite():
    row = np.array([2.0, -np.inf, -np.inf], np.float32)
    assert draw(row, [], Sampling(temperature=0.0), np.random.default_rng(0)) == (0, 0.0, MOST_MARGIN, 0.0)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("row", [[np.nan] * 3, [1.0, np.nan, 2.0], [np.inf, 1.0, 0.0], [-np.inf] * 3], ids=str)
def test_logits_that_are_no_numbers_are_refused(row, temperature):
    with pytest.raises(FloatingPointError, match="likeliest logit"):
        draw(np.array(row, np.float32), [0], Sampling(temperature=temperature), np.random.default_rng(0))


def truncated_in_full(row: np.ndarray, sampling: Sampling) -> set[int]:
    """The steps as llama.cpp describes them, each over everything that the one before it left."""
    order = sorted(range(row.size), key=lambda token: -row[token])
    if sampling.top_k:
        order = order[: sampling.top_k]
    weights = np.exp(row[order].astype(np.float64) - row.max())
    before = np.cumsum(weights) / weights.sum() - weights / weights.sum()
    if sampling.top_p < 1.0:
        order = [token for token, mass in zip(order, before, strict=True) if mass < sampling.top_p]
    return {token for token in order if row[token] >= row.max() + np.log(sampling.min_p or 1e-300)}


@given(
    row=st.lists(st.integers(-60, 60), min_size=1, max_size=40, unique=True),
    top_p=st.sampled_from([0.05, 0.5, 0.9, 0.99, 1.0]),
    top_k=st.integers(0, 45),
    min_p=st.sampled_from([0.0, 0.01, 0.15, 0.9]),
)
def test_what_is_kept_is_what_the_steps_in_full_keep(row, top_p, top_k, min_p):
    logits = np.asarray(row, np.float32) / 4
    sampling = Sampling(temperature=1.0, top_p=top_p, top_k=top_k, min_p=min_p)
    assert set(_truncate(logits, sampling)[0].tolist()) == truncated_in_full(logits, sampling)


@given(row=logit_rows)
def test_temperature_zero_is_argmax_whatever_else_is_set(row):
    sampling = Sampling(temperature=0.0, top_k=3, repeat_penalty=2.0, min_p=0.5)
    assert draw(row, list(range(row.size)), sampling, np.random.default_rng(0))[0] == int(np.argmax(row))


@given(row=logit_rows, sampling=samplings, seed=st.integers(0, 2**32))
def test_a_seed_decides(row, sampling, seed):
    draws = [draw(row, [], sampling, np.random.default_rng(seed)) for _ in range(2)]
    assert draws[0] == draws[1]


def support(sampling: Sampling, probabilities: list[float]) -> set[int]:
    row = np.log(np.asarray(probabilities)).astype(np.float32)
    random = np.random.default_rng(1)
    # The rarest token expected has probability 0.1: missed by 400 draws with probability 0.9**400 < 1e-18.
    return {draw(row, [], sampling, random)[0] for _ in range(400)}


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(temperature=1.0), {0, 1, 2, 3}),
        (Sampling(temperature=1.0, top_k=2), {0, 1}),
        (Sampling(temperature=1.0, top_p=0.6), {0, 1}),
        (Sampling(temperature=1.0, top_p=0.01), {0}),
        (Sampling(temperature=1.0, min_p=0.3), {0, 1, 2}),
        (Sampling(temperature=1.0, min_p=1.0), {0}),
    ],
)
def test_truncations_keep_what_they_should(sampling, expected):
    assert support(sampling, [0.5, 0.24, 0.16, 0.1]) == expected


def test_the_penalty_reaches_back_a_bounded_way():
    row = np.asarray([2.0, 1.9], dtype=np.float32)
    cold = Sampling(temperature=1e-4, repeat_penalty=2.0)
    assert draw(row, [0], cold, np.random.default_rng(0))[0] == 1
    assert draw(row, [0] + [1] * PENALTY_LAST_N, cold, np.random.default_rng(0))[0] == 0
