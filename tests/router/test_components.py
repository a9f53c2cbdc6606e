"""Directions of vectors: what a table says, and the one that is shipped."""

from __future__ import annotations

import numpy as np
import pytest

from sanderling.router import components


def test_coordinates_along_the_directions_are_of_variance_one_and_uncorrelated() -> None:
    random = np.random.default_rng(0)
    vectors = (random.normal(size=(400, 8)) * [8, 4, 3, 2, 1, 1, 1, 1] + 5).astype(np.float32)
    table = components.principal(vectors)
    assert table.shape == (1 + components.COUNT, 8)
    coordinates = (vectors - table[0]) @ table[1:].T
    # Of 400 float32 products of size 10: rounding of 2**-24 * 8 * 10 per coordinate is far below 1e-3.
    np.testing.assert_allclose(np.cov(coordinates.T, bias=True), np.eye(components.COUNT), atol=1e-3)
    np.testing.assert_array_equal(np.abs(table[1:]).argmax(axis=1), [0, 1, 2, 3])
    assert (table[[1, 2, 3, 4], [0, 1, 2, 3]] > 0).all()


def test_the_shipped_table_is_of_its_embedder_and_of_no_other() -> None:
    vector = np.full(384, 384**-0.5, np.float32)
    found = components.project(vector, "minilm-l6-v2-int8@0123456789ab")
    assert found is not None
    assert len(found) == components.COUNT
    assert np.isfinite(found).all()
    assert components.project(vector, "another@1") is None
    assert components.project(vector[:100], "minilm-l6-v2-int8") is None


@pytest.mark.model
def test_questions_lie_within_a_few_deviations() -> None:
    from sanderling.models.embedder import open_embedder

    embedder = open_embedder("minilm-l6-v2-int8", n_threads=1)
    found = components.project(embedder.embed(["Who directed the film?"])[0], embedder.id)
    assert found is not None
    assert max(map(abs, found)) < 6
