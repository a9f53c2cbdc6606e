from __future__ import annotations

import numpy as np
import pytest

from sanderling.embedding.pooling import Pooling, matryoshka, pooled

HIDDEN = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0]])


@pytest.mark.parametrize(
    ("pooling", "rows"),
    [
        ("mean", [[4.5, 5.5, 6.5], [13.5, 14.5, 15.5]]),
        ("cls", [[0, 1, 2], [12, 13, 14]]),
        ("last", [[9, 10, 11], [15, 16, 17]]),
    ],
)
def test_padding_is_left_out(pooling: Pooling, rows: list[list[float]]) -> None:
    np.testing.assert_array_equal(pooled(HIDDEN, MASK, pooling), np.array(rows, np.float32))


def test_a_beginning_is_a_unit_again() -> None:
    cut = matryoshka(np.array([[3, 4, 12]], np.float32), 2, normalise=True)
    np.testing.assert_allclose(cut, [[0.6, 0.8]], rtol=2**-22)
    np.testing.assert_array_equal(matryoshka(np.array([[3, 4, 12]], np.float32), 2, normalise=False), [[3, 4]])
    with pytest.raises(ValueError, match="fewer than 4"):
        matryoshka(np.zeros((1, 3), np.float32), 4, normalise=True)
