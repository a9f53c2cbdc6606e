"""Adapter of turbovec."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ....records import Keys, Vectors
from ..peer import Spec

_SAMPLE = 1024
"""Number of rows that calibrate the codes, as turbovec's documentation recommends."""
_STEP = 8
"""Turbovec accepts only dimensions that are multiples of this."""


class Turbovec:
    """The scan of turbovec over 4-bit codes.

    The codes are calibrated by a random sample of the vectors inserted first. The scan compares the query with the
    codes of every vector and has no float32 to rank them by, so its recall is below 1 and no beam changes it.
    """

    name: ClassVar[str] = "turbovec"
    modules: ClassVar[tuple[str, ...]] = ("turbovec",)
    packages: ClassVar[tuple[str, ...]] = ("turbovec",)
    cpu: ClassVar[str] = ""
    exact: ClassVar[bool] = True
    inserts: ClassVar[bool] = True
    deletes: ClassVar[bool] = True
    saves: ClassVar[bool] = True
    filters: ClassVar[bool] = True

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        # A search of one query may use the pool as well, which reads this once, when it is first used.
        os.environ["RAYON_NUM_THREADS"] = "1"
        from turbovec import IdMapIndex

        self.threads = 1
        self._type: Any = IdMapIndex
        self._seed = spec.seed
        # Zeros at the end change no inner product.
        self._zeros = -spec.dim % _STEP
        self._index: Any = IdMapIndex(dim=spec.dim + self._zeros, bit_width=4)
        self._allowed: Keys | None = None

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        rows = self._wide(vectors)
        if len(self._index) == 0 and len(rows) >= _SAMPLE:
            chosen = np.random.default_rng(self._seed).permutation(len(rows))[:_SAMPLE]
            self._index.calibrate(rows[chosen])
        self._index.add_with_ids(rows, keys)
        if len(rows) > 1:
            self._index.prepare()

    def _wide(self, rows: Vectors) -> Vectors:
        return np.pad(rows, ((0, 0), (0, self._zeros))) if self._zeros else rows

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        keys: Keys = self._index.search(self._wide(query[None]), k, allowlist=self._allowed)[1][0]
        return keys

    def restrict(self, keys: Keys | None) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._allowed = keys

    def delete(self, keys: Keys) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        for key in keys.tolist():
            self._index.remove(key)

    def save(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index.write(str(path))

    def load(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._index = self._type.load(str(path))
