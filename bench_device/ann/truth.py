"""Find the exact neighbours of each query, and compute recall against these neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...records import Keys, Vectors

_BLOCK_ROWS = 8192
"""Rows compared at once: for 1,000 queries their products take 64 MiB."""


@dataclass(frozen=True)
class Truth:
    """The searched vectors, the queries, and the similarity of each query to its ``k``-th nearest vector."""

    vectors: Vectors
    queries: Vectors
    live: NDArray[np.bool_]
    """Whether each row of ``vectors`` is searched."""
    worst: NDArray[np.float64]
    """Inner product of each query with its k-th nearest live row."""
    k: int


def exact(vectors: Vectors, queries: Vectors, k: int, live: NDArray[np.bool_] | None = None) -> Truth:
    """Find the ``k`` live rows nearest to each query by comparing the query with all live rows.

    ``live`` None: all rows are live. Raises ValueError if fewer than ``k`` rows are live.
    """
    live = np.ones(len(vectors), dtype=np.bool_) if live is None else live
    if live.sum() < k:
        raise ValueError(f"{live.sum()} vectors have no {k} nearest")
    best = np.full((len(queries), k), -np.inf)
    wide = queries.astype(np.float64)
    for start in range(0, len(vectors), _BLOCK_ROWS):
        rows = vectors[start : start + _BLOCK_ROWS][live[start : start + _BLOCK_ROWS]]
        products = np.concatenate((best, wide @ rows.astype(np.float64).T), axis=1)
        best = np.partition(products, products.shape[1] - k, axis=1)[:, -k:]
    return Truth(vectors=vectors, queries=queries, live=live, worst=best.min(axis=1), k=k)


def recall(truth: Truth, found: Sequence[Keys]) -> float:
    """Return the recall: the share of the ``k`` nearest vectors in ``found``, averaged over the queries.

    The share is between 0 and 1. A key counts if its vector is live and at least as near as the k-th nearest, so that
    either of two equal texts is right; a repeated key counts once. ``found[i]`` belongs to query i; queries beyond
    ``len(found)`` were not asked.
    """
    # Both products of one pair are float64 sums of dim terms whose absolute values add up to 1 at most (Cauchy and
    # Schwarz, unit vectors), so they differ by at most 2 dim u with u = 2^-53; twice that leaves room for lengths that
    # are 1 only to float32.
    tolerance = 2 * truth.queries.shape[1] * 2.0**-52
    right = 0
    for query, worst, keys in zip(truth.queries, truth.worst, found, strict=False):
        known = np.unique(keys)
        known = known[known < len(truth.vectors)]
        known = known[truth.live[known]]
        products = truth.vectors[known].astype(np.float64) @ query.astype(np.float64)
        right += min(int((products >= worst - tolerance).sum()), truth.k)
    return right / (len(found) * truth.k)
