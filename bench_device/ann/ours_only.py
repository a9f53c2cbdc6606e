"""Measure the features of our index that the other libraries lack: attention and domains.

Retrieval is timed in turn with plain search, on a memory-mapped copy of the index with edges as in a memory: each text
links to the next two and to two others. ``domains.py`` measures domains.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..._core import GraphMemory
from ...records import Record, SearchParams, Vectors
from .domains import Domains, measure_domains
from .measure import Clock
from .peer import Peer, Spec
from .sanderling_index import Sanderling

_PARAMS = SearchParams()
"""The defaults, as a request of the runtime searches and attends."""


class Own(Record):
    """Results of our index alone: times of a search with and without attention, and measurements of domains."""

    edges: int
    search_us: tuple[float, ...]
    """Microseconds of a search, the median over the queries, per repetition; k and ef_search are 64."""
    retrieve_us: tuple[float, ...]
    """The same search plus attention over 256 nodes within 2 hops of its results, in one call, with the untrained
    prior."""
    domain_vectors: int
    domains: tuple[Domains, ...]

    @property
    def retrieve_over_search(self) -> float:
        """Return the median time of a search with attention, divided by the median time of a plain search."""
        return statistics.median(self.retrieve_us) / statistics.median(self.search_us)


def measure_own(
    indexes: Sequence[Peer],
    spec: Spec,
    vectors: Vectors,
    queries: Vectors,
    k: int,
    domain_vectors: int,
    repetitions: int,
    seed: int,
    clock: Clock,
) -> Own | None:
    """Measure our index, which must hold ``vectors``; return None if ``indexes`` does not contain it."""
    index = next((index for index in indexes if isinstance(index, Sanderling)), None)
    if index is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        index.save(path)
        memory, _ = GraphMemory.load(path)
        _draw_edges(memory, len(vectors), seed)
        search_us, retrieve_us = _retrieving(memory, queries, repetitions)
        edges = memory.edge_count
    return Own(
        edges=edges,
        search_us=search_us,
        retrieve_us=retrieve_us,
        domain_vectors=min(domain_vectors, len(vectors)),
        domains=measure_domains(spec, vectors[:domain_vectors], queries, k, seed, clock),
    )


def _draw_edges(memory: GraphMemory, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for relation, weights in enumerate((np.ones(n), np.full(n, 0.5), rng.uniform(0.2, 1, n), rng.uniform(0.2, 1, n))):
        src = np.arange(n, dtype=np.uint64)
        dst = (src + np.uint64(relation + 1)) % np.uint64(n) if relation < 2 else rng.integers(0, n, n, dtype=np.uint64)
        memory.link(src, dst, np.full(n, relation, np.uint16), weights.astype(np.float32))


def _retrieving(memory: GraphMemory, queries: Vectors, repetitions: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    # A call is too short for the clock of processor time, and a median of them hardly feels who else is busy.
    clock = time.perf_counter
    medians: tuple[list[float], list[float]] = ([], [])
    for repetition in range(repetitions + 1):
        taken: tuple[list[float], list[float]] = ([], [])
        # Another query each: of the same one, the search would have warmed the caches for the retrieving.
        for query, other in zip(queries, np.roll(queries, len(queries) // 2, axis=0), strict=True):
            started = clock()
            memory.search(query, _PARAMS)
            between = clock()
            memory.retrieve(other, _PARAMS)
            taken[1].append(1e6 * (clock() - between))
            taken[0].append(1e6 * (between - started))
        if repetition > 0:  # the first brings the mapped file into memory
            for all_medians, samples in zip(medians, taken, strict=True):
                all_medians.append(round(statistics.median(samples), 2))
    return tuple(medians[0]), tuple(medians[1])
