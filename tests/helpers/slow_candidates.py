"""Find candidates and their features in Python and numpy, step by step, with one SQL statement for each look-up.

What ``rust_core/src/candidates`` and ``memory/retrieve/candidates.py`` are tested by. Names are tuples of words.
"""

from __future__ import annotations

import math
from itertools import chain
from typing import NamedTuple

import numpy as np
import slow_features
from slow_features import Anchors, Nodes

from sanderling.memory.retrieve.cited import cited, first_nodes, passes
from sanderling.memory.retrieve.exact import exact, rarest
from sanderling.memory.retrieve.postings import postings as read_postings
from sanderling.memory.retrieve.shared_names import MAX_NAMES, MAX_SHARERS, slow_names
from sanderling.memory.store.documents import documents_nodes
from sanderling.memory.store.nodes import titled_texts, titles
from sanderling.memory.store.postings import asked_having, asked_nodes_with_names
from sanderling.text.questions.question import is_read
from sanderling.text.searched import sequence

MAX_WORDS, MAX_TITLES, MAX_CITED, MAX_TIED = 64, 32, 48, 96
COSINE_WEIGHT, WORDS_WEIGHT, TITLE_WEIGHT = 8, 2, 3
OPENS_WEIGHT, NAME_WEIGHT, LEFT_WEIGHT, CITED_WEIGHT = 2, 1, 1.5, 2
UNREAD_LEAST, UNREAD_RANGE = 0.1, 0.6
FIRST_SHARP = 2
HITS, BRIDGES, TIED_HITS, FEW_NAMES = 4, 4, 2, 6
SETTLED, SECOND_HIT, LEAST_IDF = 0.6, 0.8, 0.01


class Postings(NamedTuple):
    """The nodes that have any of a question's words."""

    keys: object
    "Keys of the nodes, rising."
    has: object
    "bool[words, keys]: whether a node has a word."
    share: object
    "Share of each word in the question's idf, float64[words]; the sum is 1 unless there are no words."

    def of(self, keys):
        """Return float64[words, keys]: the word's ``share`` where the node has the word, else 0."""
        if not len(self.keys):
            return np.zeros((len(self.share), len(keys)))
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        has = self.has.T[at]
        has &= (self.keys[at] == keys)[:, None]
        return (has * self.share).T

    def best(self, limit):
        """Return the ``limit`` nodes whose words have the largest sums of ``share``, best first.

        Of equals, older nodes come first.
        """
        covered = np.zeros(len(self.keys))
        for share, has in zip(self.share, self.has, strict=True):
            covered += share * has
        return [int(key) for key in self.keys[np.argsort(-covered, kind="stable")[:limit]]]


def postings(store, question, nodes, allowed):
    """Look up the rarer words of a question, and return the nodes that contain any of them."""
    keys, has = _having(store, store.terms(question))
    if allowed is not None:
        among = np.array([key in allowed for key in keys.tolist()], bool)
        keys, has = (keys[among], has[:, among])
    counts = has.sum(axis=1)
    has, counts = (has[counts > 0], counts[counts > 0].tolist())
    if not counts:
        return Postings(np.empty(0, np.int64), np.zeros((0, 0), bool), np.empty(0))
    idf = np.array([max(LEAST_IDF, _idf(nodes, count)) for count in counts])
    return Postings(keys, has, idf / idf.sum())


def _idf(nodes, having):
    return math.log((max(nodes, having) - having + 0.5) / (having + 0.5))


def _having(store, words):
    """Return the nodes with any of ``words``, and which words each node has: bool[words, nodes]."""
    if not words:
        return (np.empty(0, np.int64), np.zeros((0, 0), bool))
    keys, has = asked_having(store, [(word,) for word in words])
    unknown = [words[at] for at in np.flatnonzero(~has.any(axis=1)).tolist()]
    others = store.spellings(unknown) if unknown else {}
    if not any(others.values()):
        return (keys, has)
    return asked_having(store, [others.get(word) or (word,) for word in words])


class Shared(NamedTuple):
    """The nodes that share one name."""

    keys: object
    "The nodes, in rising order."
    opens: object
    "Whether the name opens each node's title, or 2."
    telling: float
    "How informative the name is."


def nodes_sharing(store, wanted, nodes):
    """Return, for each name, the nodes that have it, and how informative it is: ln(N/n) / ln N."""
    if not wanted or nodes < 2:
        return {}
    order = list(wanted)
    return {
        name: Shared(keys, opens, max(0.0, math.log(nodes / len(keys)) / math.log(nodes)))
        for name, (keys, opens) in zip(order, asked_nodes_with_names(store, order, MAX_SHARERS + 1), strict=True)
        if 1 < len(keys) <= MAX_SHARERS
    }


class Ties(NamedTuple):
    """How each candidate is tied to each anchor: three arrays float64[anchors, candidates]."""

    name: object
    names: object
    name_in_title: object


class SharedNames:
    """The names looked up for one question, with the nodes that have them. For one thread."""

    def __init__(self, store, nodes):
        """Look names up in ``store``, whose number of nodes is ``nodes``."""
        self._store = store
        self._nodes = nodes
        self._found = {}
        self._asked = set()
        self._titles = {}

    def look_up(self, wanted):
        """Look up, all at once, the names in ``wanted`` that were not looked up before."""
        new = [name for name in dict.fromkeys(wanted) if name not in self._asked]
        self._asked.update(new)
        self._found |= nodes_sharing(self._store, new, self._nodes)

    def sharing(self, names):
        """Return the nodes that have any of ``names``, each with the total worth of its names."""
        worth = {}
        for of in (self._found[name] for name in names if name in self._found):
            for key in of.keys.tolist():
                worth[key] = worth.get(key, 0.0) + of.telling
        return worth

    def ties(self, anchors, candidates, own):
        """Return how ``candidates`` are tied to anchors that have the names ``anchors``, by loops."""
        places = {key: at for at, key in enumerate(candidates.tolist())}
        found = np.zeros((3, len(anchors), len(candidates)))
        known = {name for of in anchors for name in of if name in self._found}
        here = {key for name in known for key in self._found[name].keys.tolist() if key in places}
        self._read_titles(here)
        for at, names in enumerate(anchors):
            for name in names:
                if name not in self._found:
                    continue
                for key in self._found[name].keys.tolist():
                    place = places.get(key)
                    if place is None or own[at, place]:
                        continue
                    worth = self._found[name].telling
                    found[0, at, place] = max(found[0, at, place], worth)
                    found[1, at, place] += worth
                    if self._opens(key, name):
                        found[2, at, place] = max(found[2, at, place], worth)
        return Ties(*found)

    def _opens(self, key, name):
        """Whether ``name`` opens the title of a node whose title has been read."""
        title = self._titles.get(key, "")
        return _first_word(title) == name[0] and tuple(sequence(title)[: len(name)]) == name

    def _read_titles(self, keys):
        new = keys - self._titles.keys()
        found = titles(self._store, new) if new else {}
        self._titles |= {
            key: title.lower() if title.isascii() else " ".join(sequence(title)) for key, title in found.items()
        }


def _first_word(title):
    """Return the letters at the start of a lower-case title; empty if it starts with a mark."""
    opening = title.partition(" ")[0]
    if opening.isalpha():
        return opening
    return opening[: next((at for at, letter in enumerate(opening) if not letter.isalnum()), len(opening))]


class _Lookups(NamedTuple):
    """The nodes found by the words of a question, and by the titles that it names."""

    words: object
    named: object
    "First nodes of the documents named in the question, with the weights of the mentions."
    cited: object
    "Nodes that the named documents cite, with weights that combine mention and edge."


class _Anchor(NamedTuple):
    """A hit or a bridge: one of the best nodes of the first search or of the second."""

    key: int
    names: list
    of_document: object
    "All nodes of the anchor's document, including the anchor."


class _Seen(NamedTuple):
    """Values known of the candidates for one question, with one column for each candidate."""

    keys: object
    places: object
    cosine: object
    words: object
    "float64[words, keys]: the idf share of each word that a node has, else 0."
    named: object
    cited: object

    def first(self):
        """Return the score by which the hits are chosen."""
        scores = COSINE_WEIGHT * self.cosine + WORDS_WEIGHT * self.words.sum(axis=0)
        return scores + TITLE_WEIGHT * self.named

    def own(self, anchors):
        """Return bool[anchors, keys]: whether a node is of the anchor's document."""
        own = np.zeros((len(anchors), len(self.keys)), bool)
        for number, anchor in enumerate(anchors):
            own[number, [self.places[key] for key in anchor.of_document if key in self.places]] = True
        return own

    def second(self, first, hits, ties):
        """Return the score by which the bridges are chosen, once the ties to the first two hits are known."""
        scores = first + CITED_WEIGHT * self.cited
        if not hits:
            return scores
        worth = np.array([1.0, SECOND_HIT])[: len(hits[:TIED_HITS]), None]
        left = np.max(
            [self.words[self.words[:, self.places[hit.key]] == 0].sum(axis=0) for hit in hits[:TIED_HITS]], axis=0
        )
        scores += OPENS_WEIGHT * (worth * ties.name_in_title[:TIED_HITS]).max(axis=0)
        scores += NAME_WEIGHT * (worth * ties.name[:TIED_HITS]).max(axis=0)
        scores += LEFT_WEIGHT * left / max(left.max(), 1e-09)
        return scores


_NOTHING = np.empty(0)

_NONE_SEEN = _Seen(np.empty(0, np.uint64), {}, _NOTHING, np.empty((0, 0)), _NOTHING, _NOTHING)


class SlowGenerator:
    """Finds candidates in one memory through all channels, and computes their features. Usable from several threads."""

    def __init__(self, store, index, titles, languages):
        """Find candidates in ``store``, using its ``index`` and its ``titles``.

        ``languages``: those that the embedder reads, see :func:`sanderling.embedding.contract.languages_of`.
        """
        self._languages = languages
        self._store = store
        self._index = index
        self._titles = titles

    def find(self, question, found, allowed, max_nodes, extra=()):
        """Find at most ``max_nodes`` nodes for ``question`` through all channels, and compute their features.

        ``found``: what the question's vector found. ``allowed``: the only nodes to be found; None: all. ``extra``:
        nodes that are candidates in any case. Call inside ``store.read()``.
        """
        count = len(self._index)
        lookups = self._look_up(question, count, allowed)
        asked = self._asked(question, found.vector, lookups)
        known = frozenset(sequence(question))
        shared = SharedNames(self._store, count)
        said = read_postings(self._store, question)
        channels = {
            "exact": exact(self._store, question, said, count, allowed).tolist(),
            "rare": rarest(said, count, allowed).tolist(),
            "titles": list(lookups.named),
            "cited": list(lookups.cited),
            "words": lookups.words.best(MAX_WORDS),
            "vector": found.hits.keys.tolist(),
        }
        seen = self._seen(_NONE_SEEN, channels, asked, lookups, max_nodes)
        hits = self._anchors(
            seen, seen.first(), HITS, known, (MAX_NAMES,) * TIED_HITS + (FEW_NAMES,) * (HITS - TIED_HITS)
        )
        shared.look_up([name for hit in hits for name in hit.names])
        channels |= {"extra": extra, "names": _most_tied(shared, hits[:TIED_HITS], allowed)}
        bridges = []
        if hits and seen.words[:, seen.places[hits[0].key]].sum() < SETTLED:
            seen = self._seen(seen, channels, asked, lookups, max_nodes)
            own = seen.own(hits)
            second = seen.second(
                seen.first(), hits, shared.ties([hit.names for hit in hits[:TIED_HITS]], seen.keys, own[:TIED_HITS])
            )
            second[own[:TIED_HITS].any(axis=0)] = -np.inf
            bridges = self._anchors(seen, second, BRIDGES, known, (FEW_NAMES,) * BRIDGES)
            shared.look_up([name for bridge in bridges for name in bridge.names])
            channels["names of bridges"] = _most_tied(shared, bridges[:TIED_HITS], allowed)
        channels["neighbourhood"] = found.attended.keys.tolist()
        seen = self._seen(seen, channels, asked, lookups, max_nodes)
        return (seen.keys, self._features(seen, hits, bridges, shared), channels)

    def _look_up(self, question, count, allowed):
        mentions = self._titles.find(question)
        return _Lookups(
            words=postings(self._store, question, count, allowed),
            named=first_nodes(self._store, mentions, allowed, MAX_TITLES),
            cited=cited(self._store, mentions, allowed, MAX_CITED),
        )

    def _asked(self, question, vector, lookups):
        """Return a function that gives each node's cosine with the question, or a substitute for it.

        The vector of a question in a script that the embedder was not trained for says nothing, and would outweigh the
        words. The share of the question's words that a node has then takes the place of the cosine.
        """
        if is_read(question, self._languages):
            return lambda keys: self._index._graph.cosines(vector[None], keys)[0].astype(float)
        return lambda keys: UNREAD_LEAST + UNREAD_RANGE * lookups.words.of(_signed(keys)).sum(axis=0)

    def _seen(self, before, channels, asked, lookups, max_nodes):
        """Return the first ``max_nodes`` distinct indexed keys of all channels, and what is known of them.

        ``before``: what is known of the first of these keys, those of the first channels.
        """
        every = dict.fromkeys(chain.from_iterable(channels.values()))
        new = [key for key in every if key not in before.places] if before.places else every
        room = max_nodes - len(before.keys)
        keys = self._index.indexed(np.fromiter(new, np.uint64, len(new)))[:room]
        if not len(keys):
            return before
        count = len(before.keys)
        listed = keys.tolist()
        places = dict(zip(listed, range(len(listed)), strict=True))
        columns = (
            asked(keys),
            lookups.words.of(_signed(keys)),
            _column(lookups.named, places),
            _column(lookups.cited, places),
        )
        if not count:
            return _Seen(keys, places, *columns)
        return _Seen(
            np.concatenate([before.keys, keys]),
            before.places | dict(zip(listed, range(count, count + len(listed)), strict=True)),
            *(np.concatenate(pair, axis=-1) for pair in zip(before[2:], columns, strict=True)),
        )

    def _features(self, seen, hits, bridges, shared):
        """Return the features of the nodes: float32[keys, FEATURES]."""
        tied = [*hits[:TIED_HITS], *bridges]
        documents = {anchor.of_document for anchor in tied}
        anchors = [*tied, *(hit for hit in hits[TIED_HITS:] if hit.of_document not in documents)]
        own = seen.own(anchors)
        ties = shared.ties([anchor.names for anchor in anchors], seen.keys, own)
        vectors = self._index.vectors(np.array([anchor.key for anchor in anchors], np.uint64))
        cosines = self._index._graph.cosines(vectors, seen.keys).astype(float)
        places = np.array([seen.places[anchor.key] for anchor in anchors], np.uint64)
        first = seen.first()
        second = seen.second(first, hits, ties)
        count = len(hits[:TIED_HITS])
        return slow_features.table(
            Nodes(
                cosine=seen.cosine,
                words=seen.words,
                named=seen.named,
                cited=seen.cited,
                first=first,
                rank_first=self._rank(seen.keys, FIRST_SHARP * first),
                rank_second=self._rank(seen.keys, second),
            ),
            Anchors(places, own, cosines, *ties, hits=count, bridges=len(tied) - count),
        )

    def _rank(self, keys, logits):
        seeds = np.exp(logits - logits.max()).astype(np.float32)
        return self._index._graph.page_rank(keys, seeds).astype(float)

    def _anchors(self, seen, score, count, known, most_names):
        """Return the ``count`` best nodes, best first, each from a different document.

        A node without a document counts as a document; one whose score is not finite is none. ``known``: words whose
        names do not count. ``most_names``: the most names taken from each.
        """
        order = np.argsort(-score, kind="stable")
        best = [int(key) for key in seen.keys[order[np.isfinite(score[order])]]]
        rows = {row[0]: row for row in titled_texts(self._store, best)}
        chosen = {}
        for key in best:
            if key in rows:
                document = rows[key][1]
                chosen.setdefault(-key if document is None else document, key)
                if len(chosen) == count:
                    break
        of_documents = documents_nodes(self._store, chosen)
        return [
            _Anchor(
                key=key,
                names=[tuple(name.split()) for name in slow_names(f"{rows[key][2]}. {rows[key][3]}", known, most)],
                of_document=frozenset({key, *of_documents.get(document, ())}),
            )
            for (document, key), most in zip(chosen.items(), most_names, strict=False)
        ]


def _most_tied(shared, anchors, allowed):
    """Return the best :data:`MAX_TIED` nodes, ranked by the worth of the names that they share with an anchor.

    A node counts by the sum over its shared names. The best node comes first; among equals, older nodes come first.
    """
    worths = {}
    for number, anchor in enumerate(anchors):
        share = SECOND_HIT**number
        for key, worth in shared.sharing(anchor.names).items():
            if key not in anchor.of_document and passes(key, allowed):
                worths[key] = max(worths.get(key, 0.0), worth * share)
    ranked = sorted(worths)
    ranked.sort(key=worths.__getitem__, reverse=True)
    return ranked[:MAX_TIED]


def _signed(keys):
    return keys.astype(np.int64)


def _column(values, places):
    """Return ``values`` as an array with each node's value at the node's place; 0 for a node without a value."""
    column = np.zeros(len(places))
    for key, value in values.items():
        if (place := places.get(key)) is not None:
            column[place] = value
    return column
