"""A question's vector in, its place along the directions in which questions differ most out.

The directions are the first principal components of the vectors of some 1,900 questions, for each embedder a file in
``components/``, written by ``sanderling router components``: float32[1 + COUNT, dim], the mean and then the directions,
each divided by the standard deviation along it. For an embedder without a file nothing is known.
"""

from __future__ import annotations

import io
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ..records import Vectors

COUNT = 4


def project(vector: Vectors, embedder_id: str) -> tuple[float, ...] | None:
    """Return the ``COUNT`` coordinates of ``vector`` float32[dim], each of variance 1; None: embedder not known."""
    table = _table(embedder_id.partition("@")[0])
    if table is None or table.shape[1] != vector.size:
        return None
    return tuple(float(value) for value in table[1:] @ (vector - table[0]))


def principal(vectors: Vectors) -> NDArray[np.float32]:
    """Return the table of the header for ``vectors`` float32[n, dim], n above ``COUNT``.

    Each direction points to where its largest entry is positive, so that the same vectors give the same table.
    """
    mean = vectors.mean(axis=0, dtype=np.float64)
    _, spread, axes = np.linalg.svd(vectors - mean, full_matrices=False)
    axes, deviation = axes[:COUNT], spread[:COUNT] / np.sqrt(len(vectors))
    signs = np.sign(axes[np.arange(COUNT), np.abs(axes).argmax(axis=1)])
    return np.vstack([mean, axes * (signs / deviation)[:, None]]).astype(np.float32)


@cache
def _table(embedder: str) -> NDArray[np.float32] | None:
    file = resources.files(__package__) / "components" / f"{embedder}.npy"
    return np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) if file.is_file() else None
