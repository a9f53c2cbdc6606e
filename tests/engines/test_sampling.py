from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from sanderling.engines.sampling import PENALTY_LAST_N, draw
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
    chosen, logprob = draw(row, [0], sampling, np.random.default_rng(seed))
    assert 0 <= chosen < row.size
    assert logprob <= 0.0
    # Both are a handful of float64 operations on at most 40 terms of size up to 60: error < 1e-12.
    assert logprob == pytest.approx(min(0.0, logprobs(row)[chosen]), abs=1e-12)


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
