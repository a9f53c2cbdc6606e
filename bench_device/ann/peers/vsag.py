"""Adapters of HGraph, the index that vsag recommends for most vectors.

vsag is the graph library of Ant Group.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ....records import Keys, Vectors
from ..peer import Spec


class VsagF32:
    """The HGraph of vsag over float32 vectors.

    Its Python package builds an index once, and offers neither inserts, deletions nor filters.
    """

    name: ClassVar[str] = "vsag f32"
    modules: ClassVar[tuple[str, ...]] = ("pyvsag",)
    packages: ClassVar[tuple[str, ...]] = ("pyvsag",)
    cpu: ClassVar[str] = ""
    exact: ClassVar[bool] = False
    inserts: ClassVar[bool] = False
    deletes: ClassVar[bool] = False
    saves: ClassVar[bool] = True
    filters: ClassVar[bool] = False
    _codes: ClassVar[dict[str, object]] = {"base_quantization_type": "fp32"}

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        import pyvsag

        pyvsag.set_logger_off()
        self.threads = spec.threads
        self._ef = 0
        self._parameters = ""
        self._built = False
        self._dim = spec.dim
        # Degree of the lowest layer, which has 2 m in the other libraries. By L2 its 4-bit codes find more than by
        # inner product: .992 instead of .928 of the ten nearest among 5,000 random vectors at ef 100.
        shape = {
            "dtype": "float32",
            "metric_type": "l2",
            "dim": spec.dim,
            "index_param": {
                **self._codes,
                "max_degree": 2 * spec.m,
                "ef_construction": spec.ef_construction,
                "build_thread_count": spec.threads,
            },
        }
        self._index: Any = pyvsag.Index("hgraph", json.dumps(shape))

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """Build the index; raise NotImplementedError if it is built already."""
        if self._built:
            raise NotImplementedError("vsag's Python package cannot add vectors to an index")
        self._index.build(
            vectors=np.ascontiguousarray(vectors).reshape(-1),
            ids=keys.astype(np.int64),
            num_elements=len(keys),
            dim=self._dim,
        )
        self._built = True

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        if ef != self._ef:
            self._parameters = json.dumps({"hgraph": {"ef_search": ef}})
            self._ef = ef
        keys: Keys = self._index.knn_search(vector=query, k=k, parameters=self._parameters)[0].astype(np.uint64)
        return keys

    def restrict(self, keys: Keys | None) -> None:
        """Raise NotImplementedError: vsag's Python package has no filter."""
        raise NotImplementedError("vsag's Python package has no filter")

    def delete(self, keys: Keys) -> None:
        """Raise NotImplementedError: vsag's Python package cannot delete."""
        raise NotImplementedError("vsag's Python package cannot delete")

    def save(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.save(str(path))

    def load(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.load(str(path))
        self._built = True


class VsagSq8(VsagF32):
    """The HGraph of vsag over 8-bit codes, reranked with float32 vectors.

    The codes have one scale for all dimensions.
    """

    name: ClassVar[str] = "vsag SQ8"
    _codes: ClassVar[dict[str, object]] = {
        "base_quantization_type": "sq8_uniform",
        "use_reorder": True,
        "precise_quantization_type": "fp32",
    }


class VsagSq4(VsagF32):
    """The HGraph of vsag over 4-bit codes, reranked with float32 vectors.

    The codes have one scale for all dimensions.
    """

    name: ClassVar[str] = "vsag SQ4"
    _codes: ClassVar[dict[str, object]] = {
        "base_quantization_type": "sq4_uniform",
        "use_reorder": True,
        "precise_quantization_type": "fp32",
    }
