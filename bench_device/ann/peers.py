"""Adapters of the other libraries, each used as its documentation advises for searching on one thread.

An adapter imports its library when it is created. The beam is only set when it changes, because in some libraries
setting it costs more than a small search.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ... import optouts
from ...records import Keys, Vectors
from .peer import Peer, Spec
from .sanderling_index import Sanderling


class Hnswlib:
    """The HNSW index of hnswlib over float32 vectors.

    hnswlib is by the authors of HNSW. Deleted vectors are marked, and their slots are reused.
    """

    name: ClassVar[str] = "hnswlib"
    modules: ClassVar[tuple[str, ...]] = ("hnswlib",)
    packages: ClassVar[tuple[str, ...]] = ("hnswlib",)
    exact: ClassVar[bool] = False
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


class Usearch:
    """The HNSW index of usearch over float32 vectors."""

    name: ClassVar[str] = "usearch f32"
    modules: ClassVar[tuple[str, ...]] = ("usearch",)
    packages: ClassVar[tuple[str, ...]] = ("usearch",)
    exact: ClassVar[bool] = False
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


class FaissFlat:
    """The HNSW index of faiss over float32 vectors.

    It cannot delete.
    """

    name: ClassVar[str] = "faiss flat"
    modules: ClassVar[tuple[str, ...]] = ("faiss",)
    packages: ClassVar[tuple[str, ...]] = ("faiss-cpu",)
    exact: ClassVar[bool] = False
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
    """The HNSW index of faiss over 8-bit codes, scaled per dimension to the range of the first rows inserted."""

    name: ClassVar[str] = "faiss SQ8"

    def _make(self, spec: Spec) -> Any:
        kind = self._faiss.ScalarQuantizer.QT_8bit
        return self._faiss.IndexHNSWSQ(spec.dim, kind, spec.m, self._faiss.METRIC_INNER_PRODUCT)


class SqliteVec:
    """The exact scan of sqlite-vec inside SQLite, by L2 distance.

    sqlite-vec has SIMD code for this distance. Used through apsw, because the sqlite3 module of many Python builds
    cannot load extensions.
    """

    name: ClassVar[str] = "sqlite-vec"
    modules: ClassVar[tuple[str, ...]] = ("sqlite_vec", "apsw")
    packages: ClassVar[tuple[str, ...]] = ("sqlite-vec", "apsw")
    exact: ClassVar[bool] = True
    deletes: ClassVar[bool] = True
    saves: ClassVar[bool] = True
    filters: ClassVar[bool] = True

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self.threads = 1
        self._restricted = False
        self._connect(":memory:")
        self._db.execute(f"CREATE VIRTUAL TABLE v USING vec0(e float[{spec.dim}])")

    def _connect(self, where: str) -> None:
        import apsw
        import sqlite_vec

        self._db: Any = apsw.Connection(where)
        self._db.enable_load_extension(True)
        self._db.load_extension(sqlite_vec.loadable_path())

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        rows = zip(keys.tolist(), (row.tobytes() for row in vectors), strict=True)
        with self._db:
            self._db.executemany("INSERT INTO v (rowid, e) VALUES (?, ?)", rows)

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        among = "AND rowid IN (SELECT key FROM allowed)" if self._restricted else ""
        sql = f"SELECT rowid FROM v WHERE e MATCH ? AND k = ? {among} ORDER BY distance"
        rows = self._db.execute(sql, (query.tobytes(), k))
        return np.fromiter((key for (key,) in rows), dtype=np.uint64)

    def restrict(self, keys: Keys | None) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._restricted = keys is not None
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS allowed(key INTEGER PRIMARY KEY); DELETE FROM allowed")
        with self._db:
            rows = ((key,) for key in ([] if keys is None else keys.tolist()))
            self._db.executemany("INSERT INTO allowed VALUES (?)", rows)

    def delete(self, keys: Keys) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        with self._db:
            self._db.executemany("DELETE FROM v WHERE rowid = ?", ((key,) for key in keys.tolist()))

    def save(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._db.execute("VACUUM INTO ?", (str(path),))

    def load(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._connect(str(path))


class Ruvector:
    """The HNSW index of ruvector, used as ruvector's own ``Collection`` uses it.

    It has no file format: its Python side writes the vectors and rebuilds on loading. Deleted nodes stay in the graph
    and are removed from the k results, so a search may return fewer than k.
    """

    name: ClassVar[str] = "ruvector"
    modules: ClassVar[tuple[str, ...]] = ("ruvector",)
    packages: ClassVar[tuple[str, ...]] = ("ruvector",)
    exact: ClassVar[bool] = False
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


PEERS: tuple[type[Peer], ...] = (
    Sanderling,
    Hnswlib,
    FaissFlat,
    FaissSq8,
    Usearch,
    UsearchInt8,
    Ruvector,
    SqliteVec,
)
"""Our index first, then the others from the fastest graph to the exact scan."""


def by_name(name: str) -> type[Peer]:
    """Return the adapter called ``name``.

    Raises ValueError for an unknown name, listing the known ones.
    """
    for peer in PEERS:
        if peer.name == name:
            return peer
    raise ValueError(f"there is no index {name!r}: choose from {', '.join(peer.name for peer in PEERS)}")
