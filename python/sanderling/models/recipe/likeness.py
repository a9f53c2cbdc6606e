"""Compares an embedder built on this device with the original embedder.

On 200 texts whose vectors were kept. Arithmetic in 8 bits depends on the processor: the hash of a file says that it is
the right one, not that this device computes the right thing with it. The texts are paragraphs and questions of the
station in ``bench_device/workloads``; their vectors are kept in 8 bits, which costs less than 0.0001 of a cosine.
"""

from __future__ import annotations

import io
from importlib import resources

import numpy as np

from ...embedding.contract import Embedder
from ...errors import ModelUnavailable
from ...records import Vectors

LEAST_COSINE = 0.99
"""Least cosine at which a built embedder is accepted. Each of the texts must reach it."""
LEVELS = 127


def kept_vectors(name: str) -> tuple[list[str], Vectors]:
    """Return the reference texts called ``name`` and the unit vectors of these texts, float32[texts, dim]."""
    folder = resources.files(__package__) / "likeness"
    texts = (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    vectors = np.load(io.BytesIO((folder / f"{name}.npy").read_bytes())).astype(np.float32)
    return texts, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def require_likeness(embedder: Embedder, name: str) -> float:
    """Return the least cosine between an embedder's vectors and the reference vectors of the same texts.

    ``name``: the reference vectors. Raises ModelUnavailable if the cosine is below ``LEAST_COSINE``.
    """
    texts, wanted = kept_vectors(name)
    cosines = (embedder.embed(texts) * wanted).sum(axis=1)
    least = float(np.nan_to_num(cosines, nan=-1.0).min())
    if least < LEAST_COSINE:
        raise ModelUnavailable(
            f"{embedder.id} gives other vectors on this processor than it should (least cosine {least:.3f}, at least "
            f"{LEAST_COSINE} is due): use another embedder"
        )
    return least
