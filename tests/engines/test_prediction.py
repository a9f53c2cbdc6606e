"""Against the slow way: all probabilities in Python's own floats, sorted whole."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sanderling.engines.prediction import predict


def slowly(logits: np.ndarray) -> list[float]:
    top = max(map(float, logits))
    total = math.fsum(math.exp(float(each) - top) for each in logits)
    return [float(each) - top - math.log(total) for each in logits]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 4001])
def test_the_likeliest_and_the_wanted_are_those_of_the_slow_way(size: int) -> None:
    logits = np.random.default_rng(size).normal(0.0, 4.0, size).astype(np.float32)
    expected = slowly(logits)
    found = predict(logits, size // 2, None, 256)
    assert list(found.ids) == sorted(range(size), key=lambda at: (-logits[at], at))[:256]
    # The sum of n terms in 64 bits is off by n * 2^-53 at most, in relative terms.
    bound = size * 2.0**-52 + 1e-13
    assert found.logprobs == pytest.approx([expected[at] for at in found.ids], abs=bound)
    assert found.answer_logprob == pytest.approx(expected[size // 2], abs=bound)
    assert found.likeliest == int(np.argmax(logits))
    among = (size - 1, 0, size // 3)
    again = predict(logits, 0, among, 256)
    assert again.ids == among
    assert again.logprobs == pytest.approx([expected[at] for at in among], abs=bound)


def test_equal_logits_go_by_their_id() -> None:
    assert predict(np.zeros(9, np.float32), 0, None, 9).ids == tuple(range(9))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(FloatingPointError):
        predict(np.array([0.0, bad, 1.0], np.float32), 0, None, 3)
