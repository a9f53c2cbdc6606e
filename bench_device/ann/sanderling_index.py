"""Adapter of our own index to the interface through which all indexes are measured."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import ClassVar, Literal

from ..._core import GraphMemory, KeySet
from ...memory.store.clustering import CLUSTERS_FROM_NODES
from ...records import Keys, SearchParams, Vectors
from .peer import Spec

_BATCH = 5000


@cache  # made once, as the runtime does
def _params(k: int, ef: int) -> SearchParams:
    return SearchParams(k=k, ef_search=ef)


@cache
def _probing(k: int, nprobe: int) -> SearchParams:
    return SearchParams(k=k, nprobe=nprobe)


class Sanderling:
    """The index of ``GraphMemory``, set up as in the runtime, in a memory without edges."""

    name: ClassVar[str] = "sanderling"
    modules: ClassVar[tuple[str, ...]] = ("sanderling._core",)
    packages: ClassVar[tuple[str, ...]] = ("sanderling",)
    cpu: ClassVar[str] = ""
    exact: ClassVar[bool] = False
    inserts: ClassVar[bool] = True
    deletes: ClassVar[bool] = True
    saves: ClassVar[bool] = True
    filters: ClassVar[bool] = True
    _precision: ClassVar[Literal["int16", "float32"]] = "int16"

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self.threads = spec.threads
        self._allowed: KeySet | None = None
        self._index = GraphMemory(
            spec.dim, m=spec.m, ef_construction=spec.ef_construction, seed=spec.seed, precision=self._precision
        )

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.insert(keys, vectors, threads=self.threads)

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        return self._index.search(query, _params(k, ef), allowed=self._allowed).keys

    def restrict(self, keys: Keys | None) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._allowed = None if keys is None else KeySet(keys)

    def delete(self, keys: Keys) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.delete(keys)

    def save(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.save(path, 0)

    def load(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index, _ = GraphMemory.load(path)


class SanderlingFloat32(Sanderling):
    """The same index with its vectors in float32, as with ``vectors = "float32"`` in ``config.toml``."""

    name: ClassVar[str] = "sanderling f32"
    _precision: ClassVar[Literal["int16", "float32"]] = "float32"


class SanderlingClusters(Sanderling):
    """The same index divided into clusters, as in a large memory.

    ``ef`` is the number of clusters searched.
    """

    name: ClassVar[str] = "sanderling clusters"

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """Insert in batches, as the runtime does.

        If there are too few rows for the runtime to form clusters, they are formed at the end.
        """
        for start in range(0, len(keys), _BATCH):
            self._index.insert(keys[start : start + _BATCH], vectors[start : start + _BATCH], threads=self.threads)
            if self._index.is_partition_due(CLUSTERS_FROM_NODES):
                self._index.partition(threads=self.threads)
        if not self._index.clusters and self._index.is_partition_due(1):
            self._index.partition(threads=self.threads)

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """Search the ``ef`` clusters nearest to ``query``."""
        return self._index.search(query, _probing(k, ef), allowed=self._allowed).keys
