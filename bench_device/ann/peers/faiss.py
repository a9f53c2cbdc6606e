"""Adapters of faiss."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ....records import Keys, Vectors
from ..peer import Spec


class FaissFlat:
    """The HNSW index of faiss over float32 vectors.

    It cannot delete.
    """

    name: ClassVar[str] = "faiss flat"
    modules: ClassVar[tuple[str, ...]] = ("faiss",)
    packages: ClassVar[tuple[str, ...]] = ("faiss-cpu",)
    cpu: ClassVar[str] = ""
    exact: ClassVar[bool] = False
    inserts: ClassVar[bool] = True
    deletes: ClassVar[bool] = False
    saves: ClassVar[bool] = True
    filters: ClassVar[bool] = True

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        import faiss

        self.threads = spec.threads
        self._ef = 0
        self._faiss = faiss
        self._parameters: Any = None
        faiss.omp_set_num_threads(1)
        self._index = self._make(spec)
        self._index.hnsw.efConstruction = spec.ef_construction

    def _make(self, spec: Spec) -> Any:
        return self._faiss.IndexHNSWFlat(spec.dim, spec.m, self._faiss.METRIC_INNER_PRODUCT)

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        if int(keys[0]) != self._index.ntotal:
            raise ValueError("faiss numbers the vectors of an HNSW index itself, from 0")
        # The number of threads is the process's, so it is put back before anybody searches.
        self._faiss.omp_set_num_threads(self.threads)
        if not self._index.is_trained:
            self._index.train(vectors)
        self._index.add(vectors)
        self._faiss.omp_set_num_threads(1)

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        if ef != self._ef:
            self._index.hnsw.efSearch = self._ef = ef
        if self._parameters is not None:  # they stand above the index's own beam
            self._parameters.efSearch = ef
        keys: Keys = self._index.search(query[None], k, params=self._parameters)[1][0].astype(np.uint64)
        return keys

    def restrict(self, keys: Keys | None) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        if keys is None:
            self._parameters = None
            return
        allowed = np.zeros(self._index.ntotal, dtype=np.bool_)
        allowed[keys] = True
        selector = self._faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        self._parameters = self._faiss.SearchParametersHNSW(sel=selector)

    def delete(self, keys: Keys) -> None:
        """Raise NotImplementedError: faiss cannot delete from an HNSW index."""
        raise NotImplementedError("faiss cannot delete from an HNSW index")

    def save(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._faiss.write_index(self._index, str(path))

    def load(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index = self._faiss.read_index(str(path))


class FaissSq8(FaissFlat):
    """The HNSW index of faiss over 8-bit codes.

    The codes are scaled per dimension to the range of the first rows inserted.
    """

    name: ClassVar[str] = "faiss SQ8"

    def _make(self, spec: Spec) -> Any:
        kind = self._faiss.ScalarQuantizer.QT_8bit
        return self._faiss.IndexHNSWSQ(spec.dim, kind, spec.m, self._faiss.METRIC_INNER_PRODUCT)
