"""Log-probabilities against their definition in float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.engines.top_logprobs import likeliest

# A difference d of logits is rounded by at most d * 2**-24 and its exp by 2**-22 relative; below d = 20, where terms
# matter, that is 1.5e-6 of the sum, hence of the probability.
TOLERANCE = 2e-6


def defined(row: np.ndarray) -> np.ndarray:
    values = row.astype(np.float64)
    values -= values.max()
    return values - np.log(np.exp(values).sum())


@given(st.integers(1, 70), st.integers(0, 20), st.integers(0, 2**32), st.booleans())
def test_they_follow_the_definition(size: int, top: int, seed: int, masked: bool) -> None:
    random = np.random.default_rng(seed)
    row = random.normal(0, 4, size).astype(np.float32)
    if masked:
        row[random.random(size) < 0.7] = -np.inf
        row[0] = 0.0
    token = int(random.integers(size))
    found, wanted = likeliest(row, token, top), defined(row)
    assert found.logprob == pytest.approx(wanted[token], abs=TOLERANCE * max(1.0, abs(float(row.max() - row[token]))))
    possible = np.flatnonzero(np.isfinite(row))
    best = possible[np.lexsort((possible, -row[possible]))][:top]
    assert [each for each, _ in found.top] == best.tolist()
    assert [logprob for _, logprob in found.top] == pytest.approx(wanted[best].tolist(), abs=TOLERANCE * 40)


def test_the_likeliest_token_has_one_figure() -> None:
    row = np.random.default_rng(1).normal(0, 4, 50_000).astype(np.float32)
    best = int(row.argmax())
    for top in (1, 5):
        found = likeliest(row, best, top)
        assert found.top[0] == (best, found.logprob)
    assert likeliest(row, best, 0).top == ()


def test_equal_logits_are_ordered_by_id() -> None:
    assert [each for each, _ in likeliest(np.zeros(9, np.float32), 0, 3).top] == [0, 1, 2]


def test_no_numbers_are_an_error() -> None:
    for bad in (np.nan, np.inf):
        with pytest.raises(FloatingPointError):
            likeliest(np.array([0.0, bad], np.float32), 0, 1)
