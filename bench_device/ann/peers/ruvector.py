"""Adapter of ruvector."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

import numpy as np

from ....records import Keys, Vectors
from ..peer import Spec


class Ruvector:
    """The HNSW index of ruvector, used as ruvector's own ``Collection`` uses it.

    It has no file format: its Python side writes the vectors and rebuilds on loading. Deleted nodes stay in the graph
    and are removed from the k results, so a search may return fewer than k.
    """

    name: ClassVar[str] = "ruvector"
    modules: ClassVar[tuple[str, ...]] = ("ruvector",)
    packages: ClassVar[tuple[str, ...]] = ("ruvector",)
    cpu: ClassVar[str] = ""
    exact: ClassVar[bool] = False
    inserts: ClassVar[bool] = True
    deletes: ClassVar[bool] = True
    saves: ClassVar[bool] = False
    filters: ClassVar[bool] = False

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self.threads = spec.threads
        # Its builder takes every core and offers no argument; the pool reads this once, when it is first used.
        os.environ["RAYON_NUM_THREADS"] = str(spec.threads)
        from ruvector import HnswIndex

        self._index = HnswIndex.create(spec.dim, metric="dot", m=spec.m, ef_construction=spec.ef_construction)

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.insert_batch([str(key) for key in keys.tolist()], vectors)

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        return np.array([int(hit[0]) for hit in self._index.search(query, k, ef_search=ef)], dtype=np.uint64)

    def restrict(self, keys: Keys | None) -> None:
        """Raise NotImplementedError: ruvector filters only the results, and by fields instead of keys."""
        raise NotImplementedError("ruvector drops what does not match from the k found, by fields and not by key")

    def delete(self, keys: Keys) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        for key in keys.tolist():
            self._index.delete(str(key))

    def save(self, path: Path) -> None:
        """Raise NotImplementedError: ruvector's HNSW index has no file format."""
        raise NotImplementedError("ruvector's HNSW index has no file format")

    def load(self, path: Path) -> None:
        """Raise NotImplementedError: ruvector's HNSW index has no file format."""
        raise NotImplementedError("ruvector's HNSW index has no file format")
