"""A question in, the nodes that all ways of looking find together out, each with its features.

::

    vector ─► nearest nodes and their neighbourhood ─────────┐
    words ──► the nodes that cover most of them ─────────────┤
    titles named in the question ─► those documents ─────────┼─► nodes ─► features ─► attention over the edges
                      └─► what those documents cite ─────────┤              between them
    the two best so far ─► the names in them ─► who else ────┘

A vector finds what a question is like; words find the rare name it was trained on too little; a title says outright
which document is meant; and a question of several steps names the first passage, while the others are tied to that one:
cited by it, or about a name that stands in it. So one search goes out from the question and a second from what the
first found best, and attention (``rust_core/src/attention``) learns from features and edges what of it all to believe.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._core import KeySet
from ...records import Keys, RetrievalResult, Vectors
from ...text.name_trie import WORD
from ..index import MemoryIndex
from ..store.store import Store
from .cited import cited, first_nodes, json, passes
from .features import HITS, Column, OfHit, table
from .postings import postings
from .shared_names import names, nodes_sharing
from .titles import TitleIndex

MAX_WORDS = 64
MAX_TITLES = 32
MAX_CITED = 48
MAX_TIED = 96
"""Nodes taken of a channel. What room is left goes to the neighbourhood of what the vector finds."""

_TRIED = 8
"""Nodes among which the hits to go on from are chosen: two of them are nearly always of different documents."""


class Candidates(NamedTuple):
    """Nodes with their features, to be weighed."""

    keys: Keys
    features: Vectors


class _Hit(NamedTuple):
    key: int
    document: int | None
    title: str
    text: str
    of_document: frozenset[int]
    """Nodes of its document, itself among them."""


_Tied = dict[int, list[tuple[tuple[str, ...], float]]]
"""Nodes with the names that they share with a hit, and how telling each is."""


class CandidateGenerator:
    """The ways of looking of one memory. Usable from several threads."""

    def __init__(self, store: Store, index: MemoryIndex, titles: TitleIndex) -> None:
        """Look in ``store``; ``titles`` are its own."""
        self._store = store
        self._index = index
        self._titles = titles

    def find(self, question: str, found: RetrievalResult, allowed: KeySet | None, max_nodes: int) -> Candidates:
        """Look for what answers ``question``, among ``allowed`` (None: all) and what its vector ``found``.

        Only inside ``store.read()``.
        """
        count = len(self._index)
        words = postings(self._store, question, count, allowed)
        mentioned = self._titles.find(question)
        named = first_nodes(self._store, mentioned, allowed, MAX_TITLES)
        referred = cited(self._store, mentioned, allowed, MAX_CITED)
        near, around = found.hits.keys.tolist(), found.attended.keys.tolist()
        keys = self._indexed([*named, *referred, *words.best(MAX_WORDS), *near], max_nodes)
        question_vector = found.vector[None]
        # The hits to go on from, before any edge is looked at: cosine counts most, a title named decides. Round
        # numbers; attention is told which they are and may still rank others above them.
        cosine = self._index.cosines(question_vector, keys)[0]
        hits = self._hits(
            keys, 8 * cosine + 2 * words.of(_signed(keys)).sum(axis=0) + 3 * _column(named, _places(keys))
        )
        tied = self._tied(hits, question, count, allowed)
        keys = self._indexed([*keys.tolist(), *_most(tied), *around], max_nodes)
        hit_vectors = self._index.vectors(np.array([hit.key for hit in hits], np.uint64))
        cosines = self._index.cosines(np.concatenate([question_vector, hit_vectors]), keys).astype(float)
        places = _places(keys)
        titles = self._titles_of({key for ties in tied for key in ties if key in places})
        phi = table(
            cosines[0],
            words.of(_signed(keys)),
            _column(named, places),
            _column(referred, places),
            [
                OfHit(
                    is_hit=(keys == hit.key).astype(float),
                    same_document=_column(dict.fromkeys(hit.of_document - {hit.key}, 1.0), places),
                    cosine=like,
                    name=_column({key: max(x for _, x in shared) for key, shared in ties.items()}, places),
                    names=_column({key: sum(x for _, x in shared) for key, shared in ties.items()}, places),
                    name_in_title=_column(_opening(ties, titles), places),
                )
                for hit, ties, like in zip(hits, tied, cosines[1:], strict=True)
            ],
        )
        return Candidates(keys, phi.astype(np.float32))

    def _indexed(self, keys: list[int], max_nodes: int) -> Keys:
        """The first ``max_nodes`` different ones that the index has."""
        return self._index.indexed(np.array(list(dict.fromkeys(keys)), np.uint64))[:max_nodes]

    def _hits(self, keys: Keys, score: Column) -> list[_Hit]:
        """The best nodes of as many different documents. Nodes of no document count as one each."""
        order = np.argsort(-score, kind="stable")[:_TRIED]
        best = [int(key) for key in keys[order]]
        rows = self._store.database.execute(
            "SELECT key, document, title, text FROM node WHERE key IN (SELECT value FROM json_each(?))", (json(best),)
        )
        chosen: dict[int, tuple[int, int | None, str, str]] = {}
        for key, document, title, text in sorted(rows, key=lambda row: best.index(row[0])):
            chosen.setdefault(-key if document is None else document, (key, document, title, text))
        return [
            _Hit(*row, frozenset({row[0], *([] if row[1] is None else self._store.document_nodes(row[1]))}))
            for row in list(chosen.values())[:HITS]
        ]

    def _tied(self, hits: list[_Hit], question: str, count: int, allowed: KeySet | None) -> list[_Tied]:
        """Per hit, nodes of other documents that share a name with it, but for names made of the question's words."""
        known = {word.lower() for word in WORD.findall(question)}
        of_hits = [names(f"{hit.title}. {hit.text}", known) for hit in hits]
        found = nodes_sharing(self._store, dict.fromkeys(name for of_hit in of_hits for name in of_hit), count)
        tied: list[_Tied] = []
        for hit, of_hit in zip(hits, of_hits, strict=True):
            ties: _Tied = {}
            for name in of_hit:
                keys, telling = found.get(name, ([], 0.0))
                for key in keys:
                    if key not in hit.of_document and passes(key, allowed):
                        ties.setdefault(key, []).append((name, telling))
            tied.append(ties)
        return tied

    def _titles_of(self, keys: set[int]) -> dict[int, str]:
        rows = self._store.database.execute(
            "SELECT key, title FROM node WHERE key IN (SELECT value FROM json_each(?))", (json(keys),)
        )
        return {key: title.lower() for key, title in rows}


def _opening(tied: _Tied, titles: Mapping[int, str]) -> dict[int, float]:
    """How telling the rarest of the shared names is with which the title of each node begins."""
    found: dict[int, float] = {}
    for key, shared in tied.items():
        title = titles.get(key, "")
        for name, telling in shared:
            # Looked at word by word only where it can be: few titles begin with a name.
            if title.startswith(name[0]) and tuple(WORD.findall(title)[: len(name)]) == name:
                found[key] = max(found.get(key, 0.0), telling)
    return found


def _most(tied: list[_Tied]) -> list[int]:
    """Nodes by how much they share, those tied to the first hit before those to the second where it is alike."""
    shares: dict[int, float] = {}
    for number, ties in enumerate(tied):
        for key, shared in ties.items():
            share = sum(x for _, x in shared) * 0.8**number
            shares[key] = max(shares.get(key, 0.0), share)
    return sorted(shares, key=lambda key: (-shares[key], key))[:MAX_TIED]


def _signed(keys: Keys) -> NDArray[np.int64]:
    return keys.astype(np.int64)


def _places(keys: Keys) -> dict[int, int]:
    return {key: place for place, key in enumerate(keys.tolist())}


def _column(values: Mapping[int, float], places: Mapping[int, int]) -> Column:
    """``values`` of the nodes at their places; 0 for those that have none."""
    column = np.zeros(len(places))
    for key, value in values.items():
        if (place := places.get(key)) is not None:
            column[place] = value
    return column
