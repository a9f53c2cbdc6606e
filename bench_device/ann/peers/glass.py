"""Adapters of pyglass, the graph library of Zilliz, from the wheels of ``pyglass-portable``.

The walk compares codes; candidates of 8-bit and 4-bit codes are refined by float32. The wheels are compiled for AVX2.
``glass`` measured on a CPU with AVX-512 is therefore slower than a build of its own on that CPU.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ....records import Keys, Vectors
from ..peer import Spec
from .quiet import no_native_output

_TUNED_ROWS = 1000
"""Number of vectors above which glass's ``optimize`` works, since it times that many searches."""


class GlassF32:
    """The HNSW graph of glass over float32 vectors, built once, without inserts, deletions or filters."""

    name: ClassVar[str] = "glass f32"
    modules: ClassVar[tuple[str, ...]] = ("glass",)
    packages: ClassVar[tuple[str, ...]] = ("pyglass-portable",)
    cpu: ClassVar[str] = ""
    exact: ClassVar[bool] = False
    inserts: ClassVar[bool] = False
    deletes: ClassVar[bool] = False
    saves: ClassVar[bool] = True
    filters: ClassVar[bool] = False
    _built_with: ClassVar[str] = "FP32"
    _codes: ClassVar[str] = "FP32"
    _refined_by: ClassVar[str] = ""
    _degrees: ClassVar[int] = 2
    """Links per node in the lowest layer, as a multiple of m; the other libraries use 2."""

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        import glass

        self.threads = spec.threads
        self._glass: Any = glass
        self._spec = spec
        self._ef = 0
        self._vectors: Vectors = np.empty((0, spec.dim), dtype=np.float32)
        folder = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._graph = Path(folder) / "graph"
        self._searcher: Any = None
        # Its candidate list belongs to an OpenMP thread, and Python's threads are all the same one to OpenMP.
        self._one_at_a_time = threading.Lock()
        self._tuned = False

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """Build the index; raise NotImplementedError if it is built already."""
        if self._searcher is not None:
            raise NotImplementedError("glass cannot add vectors to a graph")
        if int(keys[0]) != 0:
            raise ValueError("glass numbers the vectors itself, from 0")
        with no_native_output():
            # The number of threads is the process's, so it is put back before anybody searches.
            self._glass.set_num_threads(self.threads)
            of = self._spec
            index = self._glass.Index("HNSW", "L2", self._built_with, R=self._degrees * of.m, L=of.ef_construction)
            graph = index.build(vectors)
            graph.save(str(self._graph))  # the searcher takes the graph out of this object, and cannot save it
            self._glass.set_num_threads(1)
        self._open(graph, vectors)

    def _open(self, graph: Any, vectors: Vectors) -> None:
        self._vectors = vectors
        with no_native_output():
            self._searcher = self._glass.Searcher(graph, vectors, "L2", self._codes, self._refined_by)

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        if not self._tuned:  # before the first search, as its README does: it times prefetch distances at one beam
            self._tune()
        if ef != self._ef:
            self._searcher.set_ef(ef)
            self._ef = ef
        with self._one_at_a_time:
            keys: Keys = self._searcher.search(query, k)[0].astype(np.uint64)
        return keys

    def _tune(self) -> None:
        self._tuned = True
        if len(self._vectors) > _TUNED_ROWS:
            with no_native_output():
                self._searcher.optimize(1)

    def restrict(self, keys: Keys | None) -> None:
        """Raise NotImplementedError: glass has no filter."""
        raise NotImplementedError("glass has no filter")

    def delete(self, keys: Keys) -> None:
        """Raise NotImplementedError: glass cannot delete."""
        raise NotImplementedError("glass cannot delete")

    def save(self, path: Path) -> None:
        """Write the graph and the vectors to a folder; glass itself stores only the graph."""
        path.mkdir()
        shutil.copyfile(self._graph, path / "graph")
        np.save(path / "vectors.npy", self._vectors)

    def load(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        shutil.copyfile(path / "graph", self._graph)
        with no_native_output():
            graph = self._glass.Graph(str(path / "graph"))
        self._open(graph, np.load(path / "vectors.npy"))


class GlassSq8(GlassF32):
    """The HNSW graph of glass over 8-bit codes, reranked with float32 vectors.

    The codes have one scale for all dimensions.
    """

    name: ClassVar[str] = "glass SQ8U"
    _built_with: ClassVar[str] = "SQ8U"
    _codes: ClassVar[str] = "SQ8U"
    _refined_by: ClassVar[str] = "FP32"


class GlassSq4(GlassSq8):
    """The HNSW graph of glass over 4-bit codes, reranked with float32 vectors.

    The codes have one scale for all dimensions.
    """

    name: ClassVar[str] = "glass SQ4U"
    _codes: ClassVar[str] = "SQ4U"


class GlassSq8Sparse(GlassSq8):
    """The 8-bit graph of glass with half the links, for speed at low recall.

    It is a variant in glass's README.
    """

    name: ClassVar[str] = "glass SQ8U R m"
    _degrees: ClassVar[int] = 1


class GlassSq4Sparse(GlassSq4):
    """The 4-bit graph of glass with half the links, for speed at low recall.

    It is a variant in glass's README.
    """

    name: ClassVar[str] = "glass SQ4U R m"
    _degrees: ClassVar[int] = 1
