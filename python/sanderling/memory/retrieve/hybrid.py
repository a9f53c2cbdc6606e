"""Hybrid retrieval: one ranked list of the nodes found by the question's vector and by the other channels.

With trained attention, :mod:`~sanderling.memory.retrieve.candidates` collects nodes from all channels, and the
attention ranks them by features and edges. Without trained weights, ranks are fused:

::

    vector ─► nearest nodes and their neighbourhood ─► attention ─┐
    words ──► BM25 ───────────────────────────────────────────────┤ reciprocal rank fusion ─► one order
    titles named in the question ─► those documents ──────────────┤
                      └─► the nodes those documents cite ─────────┘

Ranks are fused and not scores, since cosine, BM25 and the weight of a mention have no common unit: score(node) =
Σ weight / (k + rank) (Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion", SIGIR 2009, k = 60). One attention weighs
all nodes; it orders its own channel, and breaks ties in the others.

Trained attention is better even in a memory without edges: on questions held out, R@5 is then .865, .681, .927 and .992
(2Wiki, MuSiQue, Hotpot, XQuAD), against .663, .529, .787 and .985 of dense search and .719, .560, .845 and .990 of the
fusion.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from ..._core import KeySet
from ...embedding.contract import ENGLISH
from ...records import AttentionResult, Record, RetrievalResult, SearchParams, Vectors
from ..index import Attention, MemoryIndex
from ..store.store import Store
from .candidates import CandidateGenerator
from .cited import cited as cited_by
from .cited import first_nodes
from .titles import TitleIndex

K = 60
"""Constant of reciprocal rank fusion; a larger k makes the first ranks of a channel count more alike."""
MAX_WORDS = 64
MAX_TITLES = 32
MAX_CITED = 64
"""Nodes taken from each channel; 160 together, so that at least 96 of 256 attended nodes come from the vector."""


class Weights(Record):
    """Weights of the channels in the fusion; a channel of weight 0 does not count.

    The best of some thirty combinations on four development sets. Titles and citations count double because their
    nodes are often in no other channel: on 2WikiMultihopQA R@5 is .82 with four equal weights, .90 with 1.5 for
    citations, and .99 from 2 on.
    """

    attention: float = 1.0
    words: float = 1.0
    titles: float = 2.0
    cited: float = 2.0


WEIGHTS = Weights()


def fuse(channels: Iterable[tuple[float, Sequence[int]]], k: int = K) -> dict[int, float]:
    """Return the fused score of every key in ``channels``.

    A channel is a pair of its weight and its keys, best first and each once. ``k``: see :data:`K`.
    """
    scores: dict[int, float] = {}
    for weight, keys in channels:
        if weight:
            for rank, key in enumerate(keys, start=1):
                scores[key] = scores.get(key, 0.0) + weight / (k + rank)
    return scores


class Hybrid:
    """Ranks the nodes that all channels find in one memory. Usable from several threads."""

    def __init__(self, store: Store, index: MemoryIndex, languages: Collection[str] = ENGLISH) -> None:
        """Prepare to rank nodes of ``store`` and its ``index``; titles are read at the first question.

        ``languages``: those that the embedder reads.
        """
        self._store = store
        self._index = index
        self._titles = TitleIndex(store)
        self.candidates = CandidateGenerator(store, index, self._titles, languages)

    def attend(
        self,
        question: str,
        found: RetrievalResult,
        allowed: KeySet | None,
        max_nodes: int,
        attention: Attention,
        extra: Sequence[int] = (),
    ) -> RetrievalResult:
        """Rank ``found`` together with the candidates of all channels by trained ``attention``.

        ``allowed``: the only nodes to be found; None: all. ``max_nodes``: the most nodes of the result. ``extra``:
        nodes to rank as well.

        ``attention`` must be trained on the features of :mod:`~sanderling.memory.retrieve.features`. The weights of
        the result are those of ``attention``; the prior weighs the same nodes beside it.
        """
        with self._store.read():
            keys, features = self.candidates.find(question, found, allowed, max_nodes, extra)
            alone = SearchParams(hops=0, max_nodes=max_nodes)
            ordered = self._index.attend(found.vector, keys, alone, attention, features)
            prior = self._index.attend(found.vector, keys, alone)
        return reordered(found, prior, ordered.keys.tolist(), ordered.weights)

    def fused(
        self,
        question: str,
        found: RetrievalResult,
        allowed: KeySet | None,
        max_nodes: int,
        weights: Weights,
        extra: Sequence[int] = (),
    ) -> RetrievalResult:
        """Rank ``found`` and the nodes of the other channels by reciprocal rank fusion.

        ``weights``: those of the channels; a node's weight in the result is its share of the fused score.
        ``allowed``: the only nodes to be found; None: all. ``max_nodes``: the most nodes of the result. ``extra``:
        nodes to rank as well.
        """
        # One read transaction, so that no node found is gone when it is weighed.
        with self._store.read():
            words = [key for key, _ in self._store.search_text(question, MAX_WORDS, allowed)] if weights.words else []
            titles: dict[int, float] = {}
            cited: dict[int, float] = {}
            if weights.titles or weights.cited:
                named = self._titles.find(question)
                titles = first_nodes(self._store, named, allowed, MAX_TITLES) if weights.titles else {}
                cited = cited_by(self._store, named, allowed, MAX_CITED) if weights.cited else {}
            pool = list(dict.fromkeys([*titles, *cited, *words, *extra, *found.attended.keys.tolist()]))[:max_nodes]
            attended = found.attended
            if not set(pool) <= set(attended.keys.tolist()):
                # No hops: neighbours outside the pool may not be allowed.
                alone = SearchParams(hops=0, max_nodes=max_nodes)
                attended = self._index.attend(found.vector, np.array(pool, np.uint64), alone)
        order = attended.keys.tolist()
        place = {key: at for at, key in enumerate(order)}

        def ranked(channel: Mapping[int, float]) -> list[int]:
            return sorted(place.keys() & channel.keys(), key=lambda key: (-channel[key], place[key]))

        scores = fuse(
            [
                (weights.attention, order),
                (weights.words, [key for key in words if key in place]),
                (weights.titles, ranked(titles)),
                (weights.cited, ranked(cited)),
            ]
        )
        # A stable sort: equal scores stay in the order of the attention.
        ranking = sorted(order, key=lambda key: -scores.get(key, 0.0))
        return reordered(found, attended, ranking, _shares(scores, ranking, attended))


def reordered(
    found: RetrievalResult, prior: AttentionResult, ranking: Sequence[int], weights: Vectors
) -> RetrievalResult:
    """Return a copy of ``found`` with the attended nodes replaced by ``ranking`` and their weights by ``weights``.

    ``ranking``: keys, best first. ``prior`` is the untrained attention over at least as many nodes; its heaviest
    weights become ``prior_weights``.
    """
    attended = AttentionResult(
        keys=np.array(ranking, np.uint64),
        weights=weights,
        prior_weights=prior.prior_weights[: len(ranking)],
        entropy=prior.entropy,
        depth_touched=found.attended.depth_touched,
    )
    return RetrievalResult(vector=found.vector, hits=found.hits, attended=attended)


def _shares(scores: Mapping[int, float], ranking: Sequence[int], attended: AttentionResult) -> Vectors:
    """Return the scores as shares of their sum, in the order of ``ranking``.

    If all are 0, return the weights of ``attended``, which then ranked the nodes.
    """
    total = sum(scores.values())
    if not total:
        return attended.weights
    return np.array([scores.get(key, 0.0) / total for key in ranking], np.float32)
