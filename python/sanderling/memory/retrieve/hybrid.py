"""A question and what its vector found in, what four ways of looking find together out.

::

    vector ─► nearest nodes and their neighbourhood ─► attention ─┐
    words ──► BM25 ───────────────────────────────────────────────┤ reciprocal rank ─► one order
    titles named in the question ─► those documents ──────────────┤
                      └─► what those documents cite ──────────────┘

A vector finds what a question is like; words find the rare name it was trained on too little; a title says outright
which document is meant; and a question of two steps names the first document while the answer stands in the one that
it cites. Ranks are fused and not scores (Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion", SIGIR 2009, k = 60),
since cosine, BM25 and the weight of a mention have no common unit: score(node) = Σ weight / (k + rank).

All nodes found are then weighed by one attention. It orders its own channel, and within the others what is equal.

That is for want of trained weights, and what they are compared with. With them :mod:`.candidates` looks in more ways, and
a trained attention orders what is found, edges and all; the drawing is then the one there. It does so in a memory
without edges, too: there, on questions held out, R@5 is .865, .681, .927 and .992 (2Wiki, MuSiQue, Hotpot, XQuAD)
against .663, .529, .787 and .985 of dense search and .719, .560, .845 and .990 of the fusion above.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from ..._core import KeySet
from ...records import AttentionResult, Record, RetrievalResult, SearchParams
from ..index import Attention, MemoryIndex
from ..store.store import Store
from .candidates import CandidateGenerator
from .cited import cited as cited_by
from .cited import first_nodes
from .titles import TitleIndex

K = 60
"""Of reciprocal rank fusion: how little the first ranks of a channel differ."""
MAX_WORDS = 64
MAX_TITLES = 32
MAX_CITED = 64
"""Nodes taken from a channel. Together 160, so that of the 256 attended at least 96 are of the vector's."""


class Weights(Record):
    """What a first place in each channel counts; 0 leaves the channel out.

    Chosen by trying some thirty combinations on four development sets. A title named and an edge from it count double,
    because a node that has one of them is often in no other channel: on 2WikiMultihopQA R@5 is .82 where all four count
    alike, .90 where what is cited counts 1.5, and .99 from 2 on.
    """

    attention: float = 1.0
    words: float = 1.0
    titles: float = 2.0
    cited: float = 2.0


WEIGHTS = Weights()


def fuse(channels: Iterable[tuple[float, Sequence[int]]], k: int = K) -> dict[int, float]:
    """Return the fused score of every key in ``channels``: pairs of a weight and keys, each once, best first."""
    scores: dict[int, float] = {}
    for weight, keys in channels:
        if weight:
            for rank, key in enumerate(keys, start=1):
                scores[key] = scores.get(key, 0.0) + weight / (k + rank)
    return scores


class Hybrid:
    """The channels beside the vector, of one memory. Usable from several threads."""

    def __init__(self, store: Store, index: MemoryIndex) -> None:
        """Begin; titles are read at the first question."""
        self._store = store
        self._index = index
        self._titles = TitleIndex(store)
        self.finder = CandidateGenerator(store, index, self._titles)

    def attend(
        self, question: str, found: RetrievalResult, allowed: KeySet | None, max_nodes: int, attention: Attention
    ) -> RetrievalResult:
        """Add to ``found`` what all ways of looking find among ``allowed`` (None: all), ordered by ``attention``.

        ``attention`` must be trained on the features of :mod:`.features`. For the weights see :meth:`widen`.
        """
        with self._store.read():
            keys, features = self.finder.find(question, found, allowed, max_nodes)
            alone = SearchParams(hops=0, max_nodes=max_nodes)
            ordered = self._index.attend(found.vector, keys, alone, attention, features)
            plain = self._index.attend(found.vector, keys, alone)
        return reordered(found, plain, ordered.keys.tolist())

    def widen(
        self,
        question: str,
        found: RetrievalResult,
        allowed: KeySet | None,
        max_nodes: int,
        weights: Weights,
    ) -> RetrievalResult:
        """Add to ``found`` what the other channels find among ``allowed`` (None: all), and order it all.

        The weights are those of the attention, handed out anew in the fused order: how certain the memory is stays
        what the vectors say, since ranks know nothing of it.
        """
        # One moment of the store throughout, so that no node found is gone when it is weighed.
        with self._store.read():
            words = [key for key, _ in self._store.search_text(question, MAX_WORDS, allowed)] if weights.words else []
            titles: dict[int, float] = {}
            cited: dict[int, float] = {}
            if weights.titles or weights.cited:
                named = self._titles.find(question)
                titles = first_nodes(self._store, named, allowed, MAX_TITLES) if weights.titles else {}
                cited = cited_by(self._store, named, allowed, MAX_CITED) if weights.cited else {}
            pool = list(dict.fromkeys([*titles, *cited, *words, *found.attended.keys.tolist()]))[:max_nodes]
            attended = found.attended
            if not set(pool) <= set(attended.keys.tolist()):
                # No hops: neighbours beyond the pool may be of those that are not allowed.
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
        fused = sorted(order, key=lambda key: -scores.get(key, 0.0))
        return reordered(found, attended, fused)


def reordered(found: RetrievalResult, attended: AttentionResult, order: list[int]) -> RetrievalResult:
    """Hand the heaviest weights of ``attended`` out anew in ``order``, which has at most as many keys."""
    again = msgspec.structs.replace(
        attended,
        keys=np.array(order, np.uint64),
        weights=attended.weights[: len(order)],
        depth_touched=found.attended.depth_touched,
    )
    return RetrievalResult(vector=found.vector, hits=found.hits, attended=again)
