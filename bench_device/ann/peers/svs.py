"""Adapters of the Vamana graphs in SVS, Intel's Scalable Vector Search.

Parameters are those of its documentation for L2: alpha 1.2, and pruning to four links below the maximum. By L2 it found
more at the same beam than by inner product, and in less time: .970 instead of .968 of the ten nearest among 8,000
generated vectors at a window of 16, at 1.3 times the QPS; it builds in 1.4 times the time. LVQ and LeanVec codes run on
Intel CPUs only. Elsewhere, loading them ends the process, so they are not tried there.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ....records import Keys, Vectors
from ..peer import Spec

_GAP = 4
"""How many links below the maximum degree a full node is pruned to."""
_COMPACTED_AT_ONCE = 1000
"""Vectors that ``compact`` moves at a time, as in its documentation."""


class SvsF32:
    """The static Vamana graph of SVS over float32 vectors, built once."""

    name: ClassVar[str] = "svs f32"
    modules: ClassVar[tuple[str, ...]] = ("svs",)
    packages: ClassVar[tuple[str, ...]] = ("scalable-vs",)
    cpu: ClassVar[str] = ""
    exact: ClassVar[bool] = False
    inserts: ClassVar[bool] = False
    deletes: ClassVar[bool] = False
    saves: ClassVar[bool] = True
    filters: ClassVar[bool] = False

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        import svs

        self.threads = spec.threads
        self._svs: Any = svs
        self._dim = spec.dim
        self._ef = 0
        self._index: Any = None
        degree = 2 * spec.m  # as the lowest layer of the other libraries
        self._shape = svs.VamanaBuildParameters(
            alpha=1.2,
            graph_max_degree=degree,
            window_size=spec.ef_construction,
            prune_to=max(1, degree - _GAP),
        )

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """Build the index; raise NotImplementedError if it is built already."""
        if self._index is not None:
            raise NotImplementedError("a static index of SVS cannot add vectors")
        if int(keys[0]) != 0:
            raise ValueError("SVS numbers the vectors of a static index itself, from 0")
        self._index = self._build(vectors)
        self._index.num_threads = 1

    def _build(self, vectors: Vectors) -> Any:
        return self._svs.Vamana.build(self._shape, vectors, self._svs.DistanceType.L2, num_threads=self.threads)

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        if ef != self._ef:
            self._index.search_window_size = self._ef = ef
        keys: Keys = self._index.search(query, k)[0][0].astype(np.uint64)
        return keys

    def restrict(self, keys: Keys | None) -> None:
        """Raise NotImplementedError: SVS has no filter in Python."""
        raise NotImplementedError("SVS has no filter in Python")

    def delete(self, keys: Keys) -> None:
        """Raise NotImplementedError: a static index of SVS cannot delete."""
        raise NotImplementedError("a static index of SVS cannot delete")

    def save(self, path: Path) -> None:
        """Write the three folders of SVS into the folder ``path``."""
        path.mkdir()
        self._index.save(*(str(path / part) for part in ("config", "graph", "data")))

    def load(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        graph = self._svs.GraphLoader(str(path / "graph"))
        of = (str(path / "config"), graph, self._saved(path / "data"), self._svs.DistanceType.L2)
        self._index = self._type()(*of, num_threads=1)
        self._ef = 0

    def _type(self) -> Any:
        return self._svs.Vamana

    def _saved(self, data: Path) -> Any:
        return self._svs.VectorDataLoader(str(data), self._svs.DataType.float32, dims=self._dim)


class SvsDynamic(SvsF32):
    """The dynamic Vamana graph of SVS over float32 vectors, which takes inserts and deletions."""

    name: ClassVar[str] = "svs f32 dynamic"
    inserts: ClassVar[bool] = True
    deletes: ClassVar[bool] = True

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        if self._index is not None:
            self._index.add(vectors, keys)
            return
        of = (self._shape, vectors, keys, self._svs.DistanceType.L2)
        self._index = self._svs.DynamicVamana.build(*of, num_threads=self.threads)
        self._index.num_threads = 1

    def delete(self, keys: Keys) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.delete(keys)
        self._index.consolidate().compact(_COMPACTED_AT_ONCE)

    def _type(self) -> Any:
        return self._svs.DynamicVamana


class SvsLvq(SvsF32):
    """The static Vamana graph of SVS over LVQ codes.

    They have 4 bits to traverse the graph and 8 residual bits to rank.
    """

    name: ClassVar[str] = "svs LVQ4x8"
    cpu: ClassVar[str] = "Intel"

    def _build(self, vectors: Vectors) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            # It compresses only what stands in a file, and has read all of it when it returns.
            file = Path(folder) / "vectors.fvecs"
            self._svs.write_vecs(vectors, str(file))
            data = self._svs.VectorDataLoader(str(file), self._svs.DataType.float32, dims=self._dim)
            of = (self._shape, self._compressed(data), self._svs.DistanceType.L2)
            return self._svs.Vamana.build(*of, num_threads=self.threads)

    def _compressed(self, data: Any) -> Any:
        return self._svs.LVQLoader(data, primary=4, residual=8)

    def _saved(self, data: Path) -> Any:
        return self._svs.LVQLoader(str(data))


class SvsLeanVec(SvsLvq):
    """The static Vamana graph of SVS over LeanVec codes.

    It is traversed with half the dimensions and ranked with all.
    """

    name: ClassVar[str] = "svs LeanVec"

    def _compressed(self, data: Any) -> Any:
        return self._svs.LeanVecLoader(data, leanvec_dims=max(1, self._dim // 2))

    def _saved(self, data: Path) -> Any:
        return self._svs.LeanVecLoader(str(data))
