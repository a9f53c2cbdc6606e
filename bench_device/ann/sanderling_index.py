"""Adapter of our own index to the interface through which all indexes are measured."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import ClassVar

from ..._core import GraphMemory, KeySet
from ...records import Keys, SearchParams, Vectors
from .peer import Spec


@cache  # made once, as the runtime does
def _params(k: int, ef: int) -> SearchParams:
    return SearchParams(k=k, ef_search=ef)


class Sanderling:
    """The index of ``GraphMemory``, set up as in the runtime, in a memory without edges."""

    name: ClassVar[str] = "sanderling"
    modules: ClassVar[tuple[str, ...]] = ("sanderling._core",)
    packages: ClassVar[tuple[str, ...]] = ("sanderling",)
    exact: ClassVar[bool] = False
    deletes: ClassVar[bool] = True
    saves: ClassVar[bool] = True
    filters: ClassVar[bool] = True

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self.threads = spec.threads
        self._allowed: KeySet | None = None
        self._index = GraphMemory(spec.dim, m=spec.m, ef_construction=spec.ef_construction, seed=spec.seed)

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
