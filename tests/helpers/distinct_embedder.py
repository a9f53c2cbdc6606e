"""An embedder of which no two texts are equally near to a question; of equally near notes the first ingested counts."""

from __future__ import annotations

import zlib

import numpy as np
from hash_embedder import HashEmbedder


class DistinctEmbedder(HashEmbedder):
    """Words hashed into buckets, and a direction of each text's own, a hundredth as long."""

    def embed(self, texts, on_truncated=None) -> np.ndarray:
        vectors = super().embed(texts, on_truncated)
        for row, text in enumerate(texts):
            vectors[row] += np.random.default_rng(zlib.crc32(text.encode())).normal(0, 0.01, self.dim)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
