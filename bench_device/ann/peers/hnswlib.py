"""Adapter of hnswlib."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from ....records import Keys, Vectors
from ..peer import Spec


class Hnswlib:
    """The HNSW index of hnswlib over float32 vectors.

    hnswlib is by the authors of HNSW. Deleted vectors are marked, and their slots are reused.
    """

    name: ClassVar[str] = "hnswlib"
    modules: ClassVar[tuple[str, ...]] = ("hnswlib",)
    packages: ClassVar[tuple[str, ...]] = ("hnswlib",)
    cpu: ClassVar[str] = ""
    exact: ClassVar[bool] = False
    inserts: ClassVar[bool] = True
    deletes: ClassVar[bool] = True
    saves: ClassVar[bool] = True
    filters: ClassVar[bool] = True

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        import hnswlib

        self.threads = spec.threads
        self._ef = 0
        self._deleted = False
        self._filter: Callable[[int], bool] | None = None
        self._spec = spec
        self._index: Any = hnswlib.Index("ip", spec.dim)

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        if self._index.max_elements == 0:  # made here, because load_index refuses an index that is made already
            of = self._spec
            self._index.init_index(of.capacity, of.m, of.ef_construction, of.seed, allow_replace_deleted=True)
        self._index.add_items(vectors, keys, num_threads=self.threads, replace_deleted=self._deleted)

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        if ef != self._ef:
            self._index.set_ef(ef)
            self._ef = ef
        keys: Keys = self._index.knn_query(query, k, num_threads=1, filter=self._filter)[0][0]
        return keys

    def restrict(self, keys: Keys | None) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        # It is asked about every node that is met, with the GIL: of what Python can call, a method of C is quickest.
        self._filter = None if keys is None else set(keys.tolist()).__contains__

    def delete(self, keys: Keys) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._deleted = True
        for key in keys.tolist():
            self._index.mark_deleted(key)

    def save(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.save_index(str(path))

    def load(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.load_index(str(path), allow_replace_deleted=True)
