"""Adapters of usearch."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import ClassVar

from .... import optouts
from ....records import Keys, Vectors
from ..peer import Spec


class Usearch:
    """The HNSW index of usearch over float32 vectors."""

    name: ClassVar[str] = "usearch f32"
    modules: ClassVar[tuple[str, ...]] = ("usearch",)
    packages: ClassVar[tuple[str, ...]] = ("usearch",)
    cpu: ClassVar[str] = ""
    exact: ClassVar[bool] = False
    inserts: ClassVar[bool] = True
    deletes: ClassVar[bool] = True
    saves: ClassVar[bool] = True
    filters: ClassVar[bool] = False
    _dtype: ClassVar[str] = "f32"

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        # A trap: once usearch 2.26 is loaded, importing onnxruntime 1.32 crashes the process; the other order is sound.
        with contextlib.suppress(ImportError):
            optouts.onnxruntime()
        from usearch.index import Index

        self.threads = spec.threads
        self._ef = 0
        self._index = Index(
            ndim=spec.dim, metric="ip", dtype=self._dtype, connectivity=spec.m, expansion_add=spec.ef_construction
        )

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.add(keys, vectors, threads=self.threads)

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        if ef != self._ef:
            self._index.expansion_search = self._ef = ef
        keys: Keys = self._index.search(query, k, threads=1).keys
        return keys

    def restrict(self, keys: Keys | None) -> None:
        """Raise NotImplementedError: usearch has no filter in Python."""
        raise NotImplementedError("usearch has no filter in Python")

    def delete(self, keys: Keys) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.remove(keys)

    def save(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.save(str(path))

    def load(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.load(str(path))


class UsearchInt8(Usearch):
    """The HNSW index of usearch over int8 codes, without reranking by exact distance."""

    name: ClassVar[str] = "usearch i8"
    _dtype: ClassVar[str] = "i8"
