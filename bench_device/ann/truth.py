"""The exact neighbours of each query, and how many of them an index found."""

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
    """What a search over some rows of ``vectors`` has to find."""

    vectors: Vectors
    queries: Vectors
    live: NDArray[np.bool_]
    """Per row of ``vectors``: whether it is searched."""
    worst: NDArray[np.float64]
    """Per query: inner product with its k-th nearest live row."""
    k: int


def exact(vectors: Vectors, queries: Vectors, k: int, live: NDArray[np.bool_] | None = None) -> Truth:
    """Compare every query with every live row, all if None. Raises ValueError if fewer than ``k`` are live."""
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
    """Mean share of the k nearest among what was found for each query, between 0 and 1.

    A key counts if its vector is live and as near as the k-th nearest, so that of two equal texts either is right; the
    same key twice counts once. ``found[i]`` belongs to query i; queries beyond ``len(found)`` were not asked.
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
