"""Find the candidates for a question: all nodes that any channel (vector, words, titles) finds, with features.

::

    vector ─► nearest nodes and their neighbourhood ────────────┐
    words ──► the nodes that cover most of them ────────────────┤
    codes, misspelt and rarest words ─► the few nodes with them ┤
    titles named in the question ─► those documents ────────────┼─► nodes ─► features ─► attention over the edges
                      └─► the nodes those documents cite ───────┤              between them
    hits, the best so far ─► names in them ─► nodes with them ──┤
    bridges, the best then ─► names in them ─► nodes with them ─┘

A vector finds texts similar to the question; words find the rare name the embedder was trained on too little; a title
states which document is meant. A question of several steps names the first note, and the others are linked to that
one: cited by it, or about a name that occurs in it. So a first search starts from the question and a second from the
first one's best nodes. Where no hit has most of the question's words, notes of at least two are needed, and a third
search starts from the best nodes of the second. Attention (``rust_core/src/attention``) learns from features and edges
what to trust.

Here is the order of the steps, and what they read from the store; scores, ties and features are computed by
``rust_core/src/candidates``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..._core import Candidates as Seen
from ..._core import KeySet
from ...records import Keys, RetrievalResult, Vectors
from ...text.questions.question import is_read
from ...text.searched import sequence
from ..index import MemoryIndex
from ..store.documents import documents_nodes
from ..store.nodes import titled_texts
from ..store.store import Store
from .cited import cited, first_nodes
from .exact import exact, rarest
from .postings import postings
from .shared_names import MAX_NAMES, entitle, look_up, names
from .titles import TitleIndex

MAX_WORDS = 64
MAX_TITLES = 32
MAX_CITED = 48
MAX_TIED = 96
"""Nodes taken from each channel. The rest of ``max_nodes`` goes to the neighbourhood of the nearest nodes."""

TIED_HITS = 2
"""Number of hits, and of bridges, whose names lead to further nodes. The others only end paths."""
FEW_NAMES = 6
"""Names looked up for each anchor after the first two, which get :data:`~.shared_names.MAX_NAMES`."""
HITS = (MAX_NAMES, MAX_NAMES, FEW_NAMES, FEW_NAMES)
BRIDGES = (FEW_NAMES,) * 4
"""Most names taken from each hit, and from each bridge."""
SETTLED = 0.6
"""Share of the question's idf that the best hit must cover to make a third search unnecessary."""
_BEST = 8
"""Number of best nodes from which the anchors are chosen first; four are nearly always of different documents.

All may be of one long table. The other documents are then looked for among more nodes: beside a hit alone, its document
would be the only one without a note that leads to it.
"""


TitledText = tuple[int, int | None, str, str]
"""Key, document, title and text of a node."""


class Candidates(NamedTuple):
    """Nodes to be weighed, with their features."""

    keys: Keys
    features: Vectors
    """float32[keys, FEATURES]"""
    channels: dict[str, Keys]
    """Nodes found by each channel, best first, by its name, in the order in which the channels filled ``keys``."""


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
        seen, channels = self.search(question, found, allowed, max_nodes, extra)
        return Candidates(seen.keys, self._index.features(seen), channels)

    def search(
        self,
        question: str,
        found: RetrievalResult,
        allowed: KeySet | None,
        max_nodes: int,
        extra: Sequence[int] = (),
    ) -> tuple[Seen, dict[str, Keys]]:
        """Find candidates as :meth:`find` does, with their hits and bridges, and return them with their channels."""
        seen, channels = self._asked(question, found, allowed)
        self._extend(seen, channels.values(), max_nodes)
        known = sequence(question)
        some = self._anchors(seen, seen.best_first, known, HITS, bridges=False)
        more = {"extra": _keys(extra), "names": seen.tied(TIED_HITS, MAX_TIED, allowed=allowed)}
        channels |= more
        if some and seen.settled < SETTLED:
            self._extend(seen, more.values(), max_nodes)
            entitle(self._store, seen)
            self._anchors(seen, seen.best_second, known, BRIDGES, bridges=True)
            more = {"names of bridges": seen.tied(TIED_HITS, MAX_TIED, bridges=True, allowed=allowed)}
        more["neighbourhood"] = found.attended.keys
        self._extend(seen, more.values(), max_nodes)
        entitle(self._store, seen)
        return seen, channels | more

    def _asked(self, question: str, found: RetrievalResult, allowed: KeySet | None) -> tuple[Seen, dict[str, Keys]]:
        """Return no candidates yet, and the channels of the first search."""
        mentions = self._titles.find(question)
        named = first_nodes(self._store, mentions, allowed, MAX_TITLES)
        from_named = cited(self._store, mentions, allowed, MAX_CITED)
        said = postings(self._store, question)
        seen = Seen(
            found.vector,
            (said.keys, said.has),
            named,
            from_named,
            nodes=len(self._index),
            # The vector of a question in a script that the embedder was not trained for says nothing, and would
            # outweigh the words.
            is_read=is_read(question, self._languages),
            allowed=allowed,
        )
        channels = {
            "exact": exact(self._store, question, said, len(self._index), allowed),
            "rare": rarest(said, len(self._index), allowed),
            "titles": _keys(named),
            "cited": _keys(from_named),
            "words": seen.with_words(MAX_WORDS),
            "vector": found.hits.keys,
        }
        return seen, channels

    def _extend(self, seen: Seen, channels: Iterable[Keys], most: int) -> None:
        self._index.extend(seen, np.concatenate(list(channels)), most)

    def _anchors(
        self,
        seen: Seen,
        best: Callable[[int], Keys],
        known: Sequence[str],
        most_names: Sequence[int],
        *,
        bridges: bool,
    ) -> bool:
        """Make hits or bridges of the best nodes of different documents, and look up their names; return if any is.

        ``best`` returns that many nodes, best first. ``known``: words whose names do not count. ``most_names``: the
        most names taken from each anchor, and so how many there are.
        """
        chosen = self._apart(best, len(most_names))
        of_documents = documents_nodes(self._store, chosen)
        anchors = [
            (row[0], of_documents.get(document, []), names(f"{row[2]}. {row[3]}", known, most))
            for (document, row), most in zip(chosen.items(), most_names, strict=False)
        ]
        seen.add(anchors, bridges)
        look_up(self._store, seen, [name for _, _, of in anchors for name in of])
        return bool(anchors)

    def _apart(self, best: Callable[[int], Keys], count: int) -> dict[int, TitledText]:
        """Return the best node of each of the ``count`` best documents, by document.

        ``best`` returns that many nodes, best first. A node without a document counts as a document.
        """
        chosen: dict[int, TitledText] = {}
        read, most = 0, _BEST
        while True:
            keys = best(most).tolist()
            rows = {row[0]: row for row in titled_texts(self._store, keys[read:])}
            for key in keys[read:]:
                if key in rows:
                    document = rows[key][1]
                    chosen.setdefault(-key if document is None else document, rows[key])
                    if len(chosen) == count:
                        return chosen
            if len(keys) < most:
                return chosen
            read, most = len(keys), 4 * most


def _keys(nodes: Sequence[int] | Mapping[int, float]) -> Keys:
    return np.fromiter(nodes, np.uint64, len(nodes))
