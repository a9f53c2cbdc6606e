"""Measure how many clusters an index search must look at for a given recall.

It is measured against comparing all notes.
"""

from __future__ import annotations

import numpy as np

from ...errors import UsageError
from ...records import DEFAULT_SEARCH, Record, SearchParams
from ..index import MemoryIndex
from ..store.nodes import node_keys
from ..store.store import Store

DEPTH = 10
QUERIES = 300
LEAST = 50
Z = 1.96
"""Standard errors to either side of a mean in a 95 per cent interval."""


class Probed(Record):
    """The measured recall for each number of clusters."""

    nprobe: int
    """Smallest number of clusters whose interval of recall lies above the target; else the largest measured."""
    present: int
    """Number of clusters that searches look at now."""
    clusters: int
    notes: int
    """Number of notes searched for."""
    recall: dict[int, tuple[float, float, float]]
    """Share of the ten nearest notes found, with its 95 per cent interval, by number of clusters."""


def smallest_nprobe(
    store: Store, index: MemoryIndex, recall: float, params: SearchParams = DEFAULT_SEARCH, seed: int = 0
) -> Probed | None:
    """Return the smallest number of clusters that gives searches the target ``recall``.

    None for an index without clusters. Numbers from 1 on are doubled until one reaches ``recall``, and the present one
    is always measured. ``params``: how the memory is searched now. ``seed``: of the notes that are searched for. Raises
    UsageError for fewer than 50 notes.
    """
    index.catch_up()
    with store.read():
        clusters = index.clusters
        if not clusters:
            return None
        random = np.random.default_rng(seed)
        keys = index.indexed(random.permutation(np.array(node_keys(store), dtype=np.uint64))[:QUERIES])
        if len(keys) < LEAST:
            raise UsageError(f"{store.path}: {len(keys)} notes are too few to tune a search: ingest more first")
        vectors = index.vectors(keys)
        # As wide as the memory, all notes are compared.
        exact = SearchParams(k=DEFAULT_SEARCH.k, ef_search=len(index))
        truth = [_nearest(index, vector, key, exact) for vector, key in zip(vectors, keys, strict=True)]
        present = index.probes(params.nprobe)
        measured: dict[int, tuple[float, float, float]] = {}
        best = 0
        for probes in sorted({*(1 << power for power in range(clusters.bit_length())), clusters, present}):
            if best and probes > present:
                break
            tried = SearchParams(k=DEFAULT_SEARCH.k, ef_search=params.ef_search, nprobe=probes)
            found = [_nearest(index, vector, key, tried) for vector, key in zip(vectors, keys, strict=True)]
            shares = np.array([len(got & true) / max(len(true), 1) for got, true in zip(found, truth, strict=True)])
            measured[probes] = _interval(shares)
            if not best and measured[probes][1] >= recall:
                best = probes
    return Probed(nprobe=best or max(measured), present=present, clusters=clusters, notes=len(keys), recall=measured)


def _nearest(index: MemoryIndex, vector: np.ndarray, key: np.uint64, params: SearchParams) -> set[int]:
    # One more than wanted, because a note finds itself.
    return set([each for each in index.nearest(vector, params).keys.tolist() if each != key][:DEPTH])


def _interval(shares: np.ndarray) -> tuple[float, float, float]:
    mean, off = float(shares.mean()), Z * float(shares.std(ddof=1)) / len(shares) ** 0.5
    return mean, mean - off, mean + off
