"""Recall and speed of searches over nodes that are divided into 50 domains.

Searches go over all nodes, or stay within one domain. Domains are either regions of space (the nearest of 50 random
vectors) or random. The index is built domain by domain, as folders are read, and compared with the same vectors in
their given order. Exact answers are computed among the allowed nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..._core import GraphMemory, KeySet
from ...records import Keys, Record, SearchParams, Vectors
from . import truth
from .measure import Clock
from .peer import Spec

DOMAINS = 50
_EF = 64

Kind = Literal["none", "by place", "at random"]


class Domains(Record):
    """Recall and QPS for one way of dividing the nodes into domains."""

    kind: Kind
    recall: float
    """Recall over all nodes."""
    qps: float
    within_recall: float | None
    """Recall within one domain, drawn for each query; None where there are no domains."""
    within_qps: float | None


def measure_domains(
    spec: Spec, vectors: Vectors, queries: Vectors, k: int, seed: int, clock: Clock
) -> tuple[Domains, ...]:
    """Measure our index without domains, with regions of near vectors as domains, and with random domains."""
    random = np.random.default_rng(seed)
    pivots = vectors[random.permutation(len(vectors))[:DOMAINS]]
    kinds: dict[Kind, NDArray[np.int64]] = {
        "none": np.zeros(len(vectors), np.int64),
        "by place": np.argmax(vectors @ pivots.T, axis=1),
        "at random": random.integers(0, DOMAINS, len(vectors)),
    }
    wanted = random.integers(0, DOMAINS, len(queries))
    return tuple(_one(kind, of, wanted, spec, vectors, queries, k, clock) for kind, of in kinds.items())


def _one(
    kind: Kind,
    of: NDArray[np.int64],
    wanted: NDArray[np.int64],
    spec: Spec,
    vectors: Vectors,
    queries: Vectors,
    k: int,
    clock: Clock,
) -> Domains:
    memory = GraphMemory(spec.dim, m=spec.m, ef_construction=spec.ef_construction, seed=spec.seed)
    members = [np.flatnonzero(of == domain) for domain in range(int(of.max()) + 1)]
    for rows in members:
        memory.insert(rows.astype(np.uint64), vectors[rows], threads=spec.threads)
    found, qps = _search(memory, [(query, None) for query in queries], k, clock)
    recall = truth.recall(truth.exact(vectors, queries, k), found)
    if kind == "none":
        return Domains(kind=kind, recall=recall, qps=qps, within_recall=None, within_qps=None)
    sets = [KeySet(rows.astype(np.uint64)) for rows in members]
    asked = [(at, query) for at, query in zip(wanted.tolist(), queries, strict=True) if len(sets[at]) >= k]
    if not asked:
        return Domains(kind=kind, recall=recall, qps=qps, within_recall=None, within_qps=None)
    found, within_qps = _search(memory, [(query, sets[at]) for at, query in asked], k, clock)
    recalls = [
        truth.recall(truth.exact(vectors, query[None], k, of == at), [keys])
        for (at, query), keys in zip(asked, found, strict=True)
    ]
    within = float(np.mean(recalls))
    return Domains(kind=kind, recall=recall, qps=qps, within_recall=within, within_qps=within_qps)


def _search(
    memory: GraphMemory, asked: Sequence[tuple[Vectors, KeySet | None]], k: int, clock: Clock
) -> tuple[list[Keys], float]:
    params = SearchParams(k=k, ef_search=_EF)
    for query, allowed in asked[:10]:  # the caches are those of the one before
        memory.search(query, params, allowed=allowed)
    started = clock()
    found = [memory.search(query, params, allowed=allowed).keys for query, allowed in asked]
    return found, len(asked) / max(clock() - started, 1e-9)
