"""A real, tiny embedder for tests: words hashed into buckets. Texts that share words are near each other."""

from __future__ import annotations

import re
import zlib

import numpy as np


class HashEmbedder:
    """Deterministic over processes and machines, unlike Python's own ``hash``."""

    def __init__(self, dim: int = 64, max_tokens: int = 256, name: str = "hash-64") -> None:
        self.id = name
        self.dim = dim
        self.max_tokens = max_tokens

    def count_tokens(self, text: str) -> int:
        return len(re.findall(r"\w+", text))

    def keep_graph(self) -> None:
        """Do nothing, for it has no graph; the commands load an OnnxEmbedder, which has one."""

    def embed(self, texts, on_truncated=None) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            if on_truncated is not None and self.count_tokens(text) > self.max_tokens:
                on_truncated(row, self.count_tokens(text))
            # One constant bucket, so that a text without words has a direction too.
            vectors[row, 0] = 0.1
            for word in re.findall(r"\w+", text.lower())[: self.max_tokens]:
                vectors[row, zlib.crc32(word.encode()) % self.dim] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
