"""Find the candidates for a question: all nodes that any channel (vector, words, titles) finds, with features.

::

    vector ─► nearest nodes and their neighbourhood ─────────┐
    words ──► the nodes that cover most of them ─────────────┤
    titles named in the question ─► those documents ─────────┼─► nodes ─► features ─► attention over the edges
                      └─► the nodes those documents cite ────┤              between them
    the two best so far ─► names in them ─► nodes with them ─┘

A vector finds texts similar to the question; words find the rare name the embedder was trained on too little; a title
states which document is meant. A question of several steps names the first note, and the others are linked to that
one: cited by it, or about a name that occurs in it. So a first search starts from the question and a second from the
first one's best nodes, and attention (``rust_core/src/attention``) learns from features and edges what to trust.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._core import KeySet
from ...records import Keys, RetrievalResult, Vectors
from ...text.questions.question import is_read
from ...text.searched import sequence
from ..index import MemoryIndex
from ..store.nodes import titled_texts, titles
from ..store.store import Store
from .cited import cited, first_nodes, passes
from .features import HITS, Column, OfHit, table
from .postings import Postings, postings
from .shared_names import names, nodes_sharing
from .titles import TitleIndex

MAX_WORDS = 64
MAX_TITLES = 32
MAX_CITED = 48
MAX_TIED = 96
"""Nodes taken from each channel. The rest of ``max_nodes`` goes to the neighbourhood of the nearest nodes."""

# Weights of the score by which the hits are chosen, before any edge is looked at: similarity counts most, and a title
# named in the question decides between similar nodes. Round numbers; attention learns which nodes the hits are and may
# still rank others above them.
COSINE_WEIGHT = 8
WORDS_WEIGHT = 2
TITLE_WEIGHT = 3

UNREAD_LEAST = 0.1
UNREAD_RANGE = 0.6
"""Cosines of a note with none and with all of a question's words, where the embedder cannot read the question: those
that MiniLM gives unrelated and matching notes in English."""

_BEST = 8
"""Number of best nodes to choose the hits from: with so many, two are nearly always of different documents."""
_SECOND_HIT = 0.8
"""Worth of a name shared with the second hit, relative to one shared with the first."""


class Candidates(NamedTuple):
    """Nodes to be weighed, with their features."""

    keys: Keys
    features: Vectors
    """float32[keys, FEATURES]"""


class _Lookups(NamedTuple):
    """The nodes found by the words of a question, and by the titles that it names."""

    words: Postings
    named: dict[int, float]
    """First nodes of the documents named in the question, with the weights of the mentions."""
    cited: dict[int, float]
    """Nodes that those documents cite, with the weights of mention and edge."""


class _Hit(NamedTuple):
    """One of the best nodes of the first search, from which the second search starts."""

    key: int
    document: int | None
    title: str
    text: str
    of_document: frozenset[int]
    """All nodes of its document, itself included."""


_Ties = dict[int, list[tuple[tuple[str, ...], float]]]
"""Nodes that share names with one hit: for each key, the shared names and how telling each is."""


class CandidateGenerator:
    """Finds candidates in one memory through all channels, and computes their features. Usable from several threads."""

    def __init__(self, store: Store, index: MemoryIndex, titles: TitleIndex, languages: Collection[str]) -> None:
        """Find candidates in ``store``, using its ``index`` and its ``titles``.

        ``languages``: those that the embedder reads, see :func:`sanderling.embedding.contract.languages_of`.
        """
        self._languages = languages
        self._store = store
        self._index = index
        self._titles = titles

    def find(
        self,
        question: str,
        found: RetrievalResult,
        allowed: KeySet | None,
        max_nodes: int,
        extra: Sequence[int] = (),
    ) -> Candidates:
        """Find at most ``max_nodes`` nodes for ``question`` through all channels, and compute their features.

        ``found``: what the question's vector found. ``allowed``: the only nodes to be found; None: all. ``extra``:
        nodes that are candidates in any case. Call inside ``store.read()``.
        """
        count = len(self._index)
        lookups = self._look_up(question, count, allowed)
        nearest = found.hits.keys.tolist()
        keys = self._indexed(
            [*lookups.named, *lookups.cited, *lookups.words.best(MAX_WORDS), *nearest],
            max_nodes,
        )
        asked = self._asked(question, found.vector, lookups)
        hits = self._hits(keys, self._first_scores(asked, keys, lookups))
        ties = self._ties(hits, question, count, allowed)
        keys = self._indexed([*keys.tolist(), *extra, *_most_tied(ties), *found.attended.keys.tolist()], max_nodes)
        return Candidates(keys, self._features(asked, keys, lookups, hits, ties).astype(np.float32))

    def _look_up(self, question: str, count: int, allowed: KeySet | None) -> _Lookups:
        mentions = self._titles.find(question)
        return _Lookups(
            words=postings(self._store, question, count, allowed),
            named=first_nodes(self._store, mentions, allowed, MAX_TITLES),
            cited=cited(self._store, mentions, allowed, MAX_CITED),
        )

    def _asked(self, question: str, vector: Vectors, lookups: _Lookups) -> Callable[[Keys], Column]:
        """Return a function that gives each node's cosine with the question, or a substitute for it.

        The vector of a question in a script that the embedder was not trained for says nothing, and would outweigh the
        words. The share of the question's words that a node has then takes the place of the cosine.
        """
        if is_read(question, self._languages):
            return lambda keys: self._index.cosines(vector[None], keys)[0].astype(float)
        return lambda keys: UNREAD_LEAST + UNREAD_RANGE * lookups.words.of(_signed(keys)).sum(axis=0)

    def _first_scores(self, asked: Callable[[Keys], Column], keys: Keys, lookups: _Lookups) -> Column:
        cosine = asked(keys)
        words = lookups.words.of(_signed(keys)).sum(axis=0)
        title = _column(lookups.named, _places(keys))
        scores: Column = COSINE_WEIGHT * cosine + WORDS_WEIGHT * words + TITLE_WEIGHT * title
        return scores

    def _features(
        self, asked: Callable[[Keys], Column], keys: Keys, lookups: _Lookups, hits: list[_Hit], ties: list[_Ties]
    ) -> Column:
        """Return the features of the nodes ``keys``: float64[keys, FEATURES]."""
        hit_vectors = self._index.vectors(np.array([hit.key for hit in hits], np.uint64))
        cosines = self._index.cosines(hit_vectors, keys).astype(float)
        places = _places(keys)
        titles = self._lowered_titles({key for of_hit in ties for key in of_hit if key in places})
        return table(
            asked(keys),
            lookups.words.of(_signed(keys)),
            _column(lookups.named, places),
            _column(lookups.cited, places),
            [
                _of_hit(hit, of_hit, cosine, keys, places, titles)
                for hit, of_hit, cosine in zip(hits, ties, cosines, strict=True)
            ],
        )

    def _indexed(self, keys: list[int], max_nodes: int) -> Keys:
        """Return the first ``max_nodes`` different keys that are indexed."""
        return self._index.indexed(np.array(list(dict.fromkeys(keys)), np.uint64))[:max_nodes]

    def _hits(self, keys: Keys, score: Column) -> list[_Hit]:
        """Return the best nodes, best first, each from a different document.

        A node without a document counts as a document.
        """
        order = np.argsort(-score, kind="stable")[:_BEST]
        best = [int(key) for key in keys[order]]
        rows = titled_texts(self._store, best)
        chosen: dict[int, tuple[int, int | None, str, str]] = {}
        for key, document, title, text in sorted(rows, key=lambda row: best.index(row[0])):
            chosen.setdefault(-key if document is None else document, (key, document, title, text))
        return [
            _Hit(*row, frozenset({row[0], *([] if row[1] is None else self._store.document_nodes(row[1]))}))
            for row in list(chosen.values())[:HITS]
        ]

    def _ties(self, hits: list[_Hit], question: str, count: int, allowed: KeySet | None) -> list[_Ties]:
        """Return, for each hit, the nodes of other documents that share a name with it.

        Names made only of words of ``question`` do not count.
        """
        known = set(sequence(question))
        of_hits = [names(f"{hit.title}. {hit.text}", known) for hit in hits]
        found = nodes_sharing(self._store, dict.fromkeys(name for of_hit in of_hits for name in of_hit), count)
        all_ties: list[_Ties] = []
        for hit, of_hit in zip(hits, of_hits, strict=True):
            ties: _Ties = {}
            for name in of_hit:
                keys, telling = found.get(name, ([], 0.0))
                for key in keys:
                    if key not in hit.of_document and passes(key, allowed):
                        ties.setdefault(key, []).append((name, telling))
            all_ties.append(ties)
        return all_ties

    def _lowered_titles(self, keys: set[int]) -> dict[int, str]:
        found = titles(self._store, keys)
        return {key: title.lower() if title.isascii() else " ".join(sequence(title)) for key, title in found.items()}


def _of_hit(
    hit: _Hit, ties: _Ties, cosine: Column, keys: Keys, places: Mapping[int, int], titles: Mapping[int, str]
) -> OfHit:
    return OfHit(
        is_hit=(keys == hit.key).astype(float),
        same_document=_column(dict.fromkeys(hit.of_document - {hit.key}, 1.0), places),
        cosine=cosine,
        name=_column({key: max(telling for _, telling in shared) for key, shared in ties.items()}, places),
        names=_column({key: sum(telling for _, telling in shared) for key, shared in ties.items()}, places),
        name_in_title=_column(_opening(ties, titles), places),
    )


def _opening(ties: _Ties, titles: Mapping[int, str]) -> dict[int, float]:
    """Return, for each node whose title begins with a shared name, how informative that name is.

    Of several such names the most informative counts.
    """
    found: dict[int, float] = {}
    for key, shared in ties.items():
        title = titles.get(key, "")
        for name, telling in shared:
            # The first letters are compared first: few titles begin with a name.
            if title.startswith(name[0]) and tuple(sequence(title)[: len(name)]) == name:
                found[key] = max(found.get(key, 0.0), telling)
    return found


def _most_tied(ties: list[_Ties]) -> list[int]:
    """Rank nodes by how informative the names are that they share with a hit; return the best :data:`MAX_TIED`.

    A node counts by the sum over its shared names. The best node comes first; among equals, older nodes come first.
    """
    shares: dict[int, float] = {}
    for number, of_hit in enumerate(ties):
        for key, shared in of_hit.items():
            share = sum(telling for _, telling in shared) * _SECOND_HIT**number
            shares[key] = max(shares.get(key, 0.0), share)
    return sorted(shares, key=lambda key: (-shares[key], key))[:MAX_TIED]


def _signed(keys: Keys) -> NDArray[np.int64]:
    return keys.astype(np.int64)


def _places(keys: Keys) -> dict[int, int]:
    return {key: place for place, key in enumerate(keys.tolist())}


def _column(values: Mapping[int, float], places: Mapping[int, int]) -> Column:
    """Return ``values`` as an array with each node's value at the node's place; 0 for a node without a value."""
    column = np.zeros(len(places))
    for key, value in values.items():
        if (place := places.get(key)) is not None:
            column[place] = value
    return column
