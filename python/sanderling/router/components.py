"""Principal components of question vectors, used as router features.

The components are those of about 1,900 questions. Each embedder has a file in ``components/``, written by ``sanderling
router components``: float32[1 + COUNT, dim], first the mean, then the components, each divided by the standard
deviation along it. An embedder without a file has no such features.
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
    """Return the coordinates of ``vector``, float32[dim], along the ``COUNT`` components.

    Each coordinate has variance 1. Returns None for an unknown embedder.
    """
    table = _table(embedder_id.partition("@")[0])
    if table is None or table.shape[1] != vector.size:
        return None
    return tuple(float(value) for value in table[1:] @ (vector - table[0]))


def principal(vectors: Vectors) -> NDArray[np.float32]:
    """Compute the content of a file in ``components/`` from ``vectors``, float32[n, dim] with n > ``COUNT``.

    Each component is oriented so that its largest entry is positive: the same vectors always give the same table.
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
