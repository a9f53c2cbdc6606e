"""Vectors as bytes, and back."""

from __future__ import annotations

import numpy as np
import packed_reference
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packed_reference import SHORTEST, STEPS

from sanderling.memory.store.packed import (
    PRECISIONS,
    as_kept,
    dim_of,
    pack,
    pack_all,
    packed_bytes,
    unpack,
    unpack_all,
)

SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed: int, dim: int, size: float) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=dim) * size).astype(np.float32)


@given(seed=SEEDS, dim=st.integers(SHORTEST, 400), size=st.sampled_from([1.0, 1e-30, 1e25]))
def test_no_value_is_off_by_more_than_half_a_step(seed, dim, size):
    vector = drawn(seed, dim, size)
    value = pack(vector, "int16")
    assert len(value) == packed_bytes(dim)
    back = unpack(value, dim)
    # Scale and product are each rounded to float32 once.
    step = float(np.abs(vector).max()) / STEPS
    assert np.abs(back.astype(np.float64) - vector).max() <= step * (0.5 + 2.0**-23 * STEPS)
    # Packed again it is the same, to a rounding of the scale.
    np.testing.assert_allclose(unpack(pack(back, "int16"), dim), back, rtol=2.0**-22)


@given(seed=SEEDS, dim=st.integers(1, 400), size=st.sampled_from([1.0, 1e-33, 1e-30, 1e34, 1e37]))
@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_bytes_are_those_of_numpy(precision, seed, dim, size):
    vectors = np.stack([drawn(seed + row, dim, size) for row in range(2)])
    # Halves of a step, which are rounded to even.
    vectors[1] = np.rint(vectors[1] / np.abs(vectors[1]).max() * 2 * STEPS) / 2
    vectors[1, 0] = STEPS
    values = pack_all(vectors, precision)
    assert values == [packed_reference.pack(vector, precision) for vector in vectors]
    back = unpack_all(values, dim)
    assert back.tobytes() == np.stack([packed_reference.unpack(value, dim) for value in values]).tobytes()


@given(seed=SEEDS, dim=st.integers(1, 200))
def test_float32_and_short_vectors_are_kept_as_they_are(seed, dim):
    vector = drawn(seed, dim, 1)
    assert (unpack(pack(vector, "float32"), dim) == vector).all()
    if dim < SHORTEST:
        assert pack(vector, "int16") == pack(vector, "float32")


@pytest.mark.parametrize("largest", [0.0, 1e-44, 1e-38, 3.4e38])
def test_a_vector_without_a_usable_scale_is_kept_as_it_is(largest):
    vector = np.full(SHORTEST, largest, np.float32)
    assert (unpack(pack(vector, "int16"), SHORTEST) == vector).all()


def test_vectors_of_both_kinds_are_read_together():
    vectors = np.stack([drawn(seed, 96, 1) for seed in range(9)])
    values = [pack(vector, PRECISIONS[seed % 2]) for seed, vector in enumerate(vectors)]
    np.testing.assert_allclose(unpack_all(values, 96), vectors, atol=1e-4)
    assert unpack_all([], 96).shape == (0, 96)


@pytest.mark.parametrize("value", [b"", b"x", bytes(95), bytes(4 * 64 - 4), bytes(2 * 64 + 5), bytes(2 * 64 + 4)])
def test_bytes_that_are_no_vector_are_refused(value):
    with pytest.raises(ValueError, match="vector"):
        unpack(value, 64)
    with pytest.raises(ValueError, match="vector"):
        unpack_all([pack(drawn(0, 64, 1), "int16"), value], 64)


@given(st.integers(1, 1 << 16))
def test_a_length_tells_how_many_numbers_there_are(dim):
    assert dim_of(4 * dim) == dim_of(packed_bytes(dim)) == dim
    assert dim_of(4 * dim + 2) == 0


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("count", [0, 3])
def test_vectors_as_kept_are_those_that_come_back(precision, count):
    vectors = np.stack([drawn(seed, 96, 1) for seed in range(4)])[:count]
    kept = as_kept(vectors, precision)
    assert kept.shape == vectors.shape
    assert all((unpack(pack(vector, precision), 96) == row).all() for vector, row in zip(vectors, kept, strict=True))
    assert (kept == vectors).all() == (precision == "float32" or not count)


@pytest.mark.parametrize("scale", [np.nan, np.inf, -np.inf, 3e38, -3e38, -1.0])
def test_a_damaged_scale_gives_numbers_and_no_warning(scale):
    numbers = np.arange(-32, 32).astype("<i2")
    value = numbers.tobytes() + np.array(scale, "<f4").tobytes() + b"\x01"
    with np.errstate(all="ignore"):
        expected = (numbers * np.float64(np.float32(scale))).astype(np.float32)
    np.testing.assert_array_equal(unpack(value, 64), expected)


@given(seed=SEEDS, dim=st.integers(SHORTEST, 400), sign=st.sampled_from([-1, 1]))
def test_the_largest_value_has_the_largest_number(seed, dim, sign):
    vector = drawn(seed, dim, 1)
    vector[seed % dim] = sign * 2 * np.abs(vector).max()
    numbers = np.frombuffer(pack(vector, "int16")[: 2 * dim], "<i2")
    assert numbers[seed % dim] == sign * STEPS
    assert np.abs(numbers.astype(int)).max() == STEPS
