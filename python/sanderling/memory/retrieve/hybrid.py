"""Hybrid retrieval: one ranked list of the nodes found by any channel.

The channels are vector, words, titles and citations. With trained attention,
:mod:`~sanderling.memory.retrieve.candidates` collects nodes from all channels, and the attention ranks them by features
and edges. Without trained weights, ranks are fused:

::

    vector ─► nearest nodes and their neighbourhood ─► attention ─┐
    words ──► BM25 ───────────────────────────────────────────────┤ reciprocal rank fusion ─► one order
    titles named in the question ─► those documents ──────────────┤
                      └─► the nodes those documents cite ─────────┘

Ranks are fused and not scores, since cosine, BM25 and the weight of a mention have no common unit: score(node) =
Σ weight / (k + rank) (Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion", SIGIR 2009, k = 60). One attention weighs
all nodes; it orders its own channel, and breaks ties in the others.

Titles and citations count double, since what they find is often found by nothing else; but only if the question is
about a note that it names. Otherwise they count half: the words of a title stand in it by chance, as ``workshop`` in
``When is the workshop insurance due?``, and a dozen notes cited there would come first. The sign is that the words of
the question find a named note too (:data:`ABOUT`). A name of many notes counts less (:data:`BEARERS`).

Trained attention is better even in a memory without edges: on questions held out, R@5 is then .865, .681, .927 and .992
(2Wiki, MuSiQue, Hotpot, XQuAD), against .663, .529, .787 and .985 of dense search and .719, .560, .845 and .990 of the
fusion.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from ..._core import KeySet
from ...embedding.contract import ENGLISH
from ...records import AttentionResult, Keys, Record, RetrievalResult, SearchParams, Vectors
from ..index import Attention, MemoryIndex
from ..store.store import Store
from .candidates import CandidateGenerator
from .cited import cited as cited_by
from .cited import first_nodes
from .exact import placed, raised
from .titles import TitleIndex

K = 60
"""Constant of reciprocal rank fusion; a larger constant makes the first ranks more alike."""
MAX_WORDS = 64
MAX_TITLES = 32
MAX_CITED = 64
"""Largest number of nodes from each channel.

These are 160 together, so that at least 96 of 256 attended nodes come from the vector.
"""


ABOUT = 0.4
"""Share of the best BM25 score that a named node needs, if the question is to be about its document.

Chosen on four sets, alone and in one memory, with the vault; .35 to .5 do as well. Figures: ``bench_device/LOG.md``.
"""
LOOSE = 0.5
"""Largest weight of titles and citations for a question about none of the documents it names."""
BEARERS = 2
"""Most documents with the same title that all count in full; of n such documents, each counts BEARERS / n."""


class Weights(Record):
    """Weights of the channels in the fusion; 0 switches a channel off.

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
    """Ranks the nodes found in one memory by any channel. Usable from several threads."""

    def __init__(self, store: Store, index: MemoryIndex, languages: Collection[str] = ENGLISH) -> None:
        """Prepare to rank nodes of ``store`` and its ``index``. Titles are read at the first question.

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
        """Rank ``found`` and the candidates of all channels by trained ``attention``.

        ``allowed``: the only nodes to be found; None: all. ``max_nodes``: the most nodes of the result. ``extra``:
        nodes to rank as well.

        ``attention`` must be trained on the features of :mod:`~sanderling.memory.retrieve.features`. All weights of
        the result are those of ``attention``, but for nodes that :mod:`~sanderling.memory.retrieve.exact` raises.
        """
        with self._store.read():
            candidates, channels = self.candidates.search(question, found, allowed, max_nodes, extra)
            weighed = self._index.weigh(candidates, SearchParams(hops=0, max_nodes=max_nodes), attention)
        ordered = placed(raised(weighed, channels["exact"]), channels["rare"])
        return reordered(found, ordered, ordered.keys, ordered.weights)

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
            scored = dict(self._store.search_text(question, MAX_WORDS, allowed)) if weights.words else {}
            words = list(scored)
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

        scores = fuse([(weights.attention, order), (weights.words, [key for key in words if key in place])])
        most = math.inf if is_about(titles, scored) else LOOSE
        for weight, channel in ((weights.titles, titles), (weights.cited, cited)):
            for rank, key in enumerate(ranked(channel), start=1):
                share = min(1.0, BEARERS * channel[key])
                scores[key] = scores.get(key, 0.0) + min(weight, most) * share / (K + rank)
        # A stable sort: equal scores stay in the order of the attention.
        ranking = sorted(order, key=lambda key: -scores.get(key, 0.0))
        return reordered(found, attended, ranking, _shares(scores, ranking, attended))


def is_about(named: Mapping[int, float], scored: Mapping[int, float]) -> bool:
    """Whether a question is about a document that the question names.

    ``named``: their first nodes. ``scored``: BM25 scores of the nodes that the question's words find; empty: True.
    """
    best = max(scored.values(), default=0.0)
    return best <= 0 or any(scored.get(key, 0.0) >= ABOUT * best for key in named)


def reordered(
    found: RetrievalResult, certain: AttentionResult, ranking: Sequence[int] | Keys, weights: Vectors
) -> RetrievalResult:
    """Return a copy of ``found`` with the nodes of ``ranking`` and their ``weights``.

    ``ranking``: keys, best first. ``certain`` is an attention over at least as many nodes; its heaviest weights become
    ``prior_weights``.
    """
    attended = AttentionResult(
        keys=np.asarray(ranking, np.uint64),
        weights=weights,
        prior_weights=certain.prior_weights[: len(ranking)],
        entropy=certain.entropy,
        depth_touched=found.attended.depth_touched,
    )
    return RetrievalResult(vector=found.vector, hits=found.hits, attended=attended)


def _shares(scores: Mapping[int, float], ranking: Sequence[int], attended: AttentionResult) -> Vectors:
    """Return ``scores`` as shares of their sum, in the order of ``ranking``.

    If all are 0, return the weights of ``attended``, which then ranked the nodes.
    """
    total = sum(scores.values())
    if not total:
        return attended.weights
    return np.array([scores.get(key, 0.0) / total for key in ranking], np.float32)
