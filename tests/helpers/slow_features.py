"""Compute the feature table with numpy, an expression for each column: what ``rust_core/src/features`` is tested by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sanderling._core import feature_table
from sanderling.memory.retrieve.features import _OF_NODE, _PER_ANCHOR, BRIDGES, FEATURES, HITS, PATHS

LEAST_RANK = 1e-6
"""Added to a rank before its logarithm is taken."""
PATH_SCALE = 0.25
COVER = 2.0
TIE = 2.0
IN_TITLE = 1.3
"""Worth of a name that opens the title, relative to one that only occurs."""
BEYOND = 2.0
FIRST = 0.25
"""Weight of the first score."""
UNTIED = -3.0
"""Worth of no shared name, where only tied pairs are to count."""
_NEVER = -9.0
"""Worth of a pair within one document: below any other."""


class Nodes(NamedTuple):
    """Properties of n candidates by themselves, as arrays with one value for each candidate."""

    cosine: np.ndarray
    """Cosine with the question."""
    words: np.ndarray
    """float64[words, n], the idf share of each word that a node has, else 0."""
    named: np.ndarray
    cited: np.ndarray
    first: np.ndarray
    """The score by which the hits are chosen."""
    rank_first: np.ndarray
    rank_second: np.ndarray


class Anchors(NamedTuple):
    """Relations of n candidates to m anchors, the hits and bridges, as arrays with one row for each anchor."""

    places: np.ndarray
    """Place of each anchor among the candidates, uint64[m]."""
    own: np.ndarray
    """bool[m, n]: whether anchor and candidate belong to one document."""
    cosine: np.ndarray
    """Cosine of each candidate with the anchor, float64[m, n]; the next three fields have the same shape."""
    name: np.ndarray
    names: np.ndarray
    name_in_title: np.ndarray
    hits: int
    """Number of anchors, counted from the first, that have the columns of hits."""
    bridges: int
    """Number of anchors after the hits that have the columns of bridges."""


def fast_table(of, anchors):
    """Build the same table by the core: float32[n, len(FEATURES)].

    The columns of hits and bridges beyond those given are 0. Paths lead over all anchors.
    """
    columns = np.stack([of.cosine, of.named, of.cited, of.first, of.rank_first, of.rank_second])
    related = np.stack([anchors.cosine, anchors.name, anchors.names, anchors.name_in_title])
    words = np.ascontiguousarray(of.words)
    return feature_table(columns, words, anchors.places, anchors.own, related, (anchors.hits, anchors.bridges))


class OfAnchor(NamedTuple):
    """The rows of one anchor."""

    place: int
    own: np.ndarray
    cosine: np.ndarray
    name: np.ndarray
    names: np.ndarray
    name_in_title: np.ndarray


def table(of, anchors):
    """Build the feature table of n candidates: float64[n, len(FEATURES)].

    The columns of hits and bridges beyond those given are 0.
    """
    of_paths = paths(anchors, of.first, of.cosine, of.words)
    covered = of.words.sum(axis=0)
    columns = [
        of.cosine,
        of.cosine - of.cosine.max(),
        _closeness(of.cosine),
        covered,
        covered - covered.max(),
        _closeness(covered),
        of.named,
        of.cited,
        *_standard(np.stack([of.cosine, covered])),
        *_ranks(of.rank_first),
        *_ranks(of.rank_second),
        *(PATH_SCALE * of_paths[path] for path in PATHS),
        *(_closeness(of_paths[path]) for path in PATHS),
    ]
    phi = np.zeros((len(of.cosine), len(FEATURES)))
    phi[:, : len(_OF_NODE)] = np.stack(columns, axis=1)
    numbers = [*range(min(anchors.hits, HITS)), *range(anchors.hits, anchors.hits + min(anchors.bridges, BRIDGES))]
    slots = [*range(min(anchors.hits, HITS)), *range(HITS, HITS + min(anchors.bridges, BRIDGES))]
    for number, slot in zip(numbers, slots, strict=True):
        start = len(_OF_NODE) + slot * len(_PER_ANCHOR)
        phi[:, start : start + len(_PER_ANCHOR)] = _per_anchor(of, anchors, number).T
    # Edge weights may be any positive float32, so a mention's product with one may be anything.
    return phi.clip(-2, 2)


def _per_anchor(of, anchors, number):
    anchor = OfAnchor(int(anchors.places[number]), *(values[number] for values in anchors[1:6]))
    itself = np.zeros(len(of.cosine))
    itself[anchor.place] = 1.0
    beyond = of.cosine - of.cosine[anchor.place] * anchor.cosine
    words_left = of.words[of.words[:, anchor.place] == 0].sum(axis=0)
    tied = np.stack(
        [
            np.where(itself > 0, 0.0, anchor.cosine),
            beyond,
            words_left,
            anchor.name,
            np.minimum(anchor.names, 3.0),
            anchor.name_in_title,
            anchor.name * words_left,
            anchor.name_in_title * words_left,
            anchor.name * np.maximum(beyond, 0.0),
        ]
    )
    largest = np.abs(tied).max(axis=1, keepdims=True)
    return np.concatenate(
        [
            np.stack([itself, anchor.own - itself]),
            tied / np.where(largest > 0, largest, 1),
            _standard(np.stack([beyond, words_left])),
        ]
    )


def _standard(values):
    """Return a quarter of the standard scores of each row, from -1 to 2; 0 for a row of equal values."""
    spread = values.std(axis=1, keepdims=True)
    scores = (values - values.mean(axis=1, keepdims=True)) / np.where(spread > 1e-9, spread, np.inf)
    return scores.clip(-4, 8) / 4


def _ranks(rank):
    largest = rank.max()
    share = rank / largest if largest > 0 else rank
    return share, np.log(share + LEAST_RANK) / 6


def _closeness(values):
    rank = np.empty(len(values))
    rank[np.argsort(-values, kind="stable")] = np.arange(len(values))
    return 10 / (10 + rank)


def paths(anchors, first, cosine, words):
    """Return each of :data:`PATHS`, float64[n]: 0 for the best node and below for the others.

    ``first``: first scores, float64[n]. ``cosine``: with the question, float64[n]. ``words``: float64[words, n], the
    idf share of each word that a node has, else 0. Without anchors all are 0.
    """
    at, own = anchors.places.astype(int), anchors.own
    if not len(at):
        return {name: np.zeros(len(first)) for name in PATHS}
    start = FIRST * (first[at] - first.max())[:, None]
    worth = TIE * np.maximum(anchors.name, IN_TITLE * anchors.name_in_title)
    only_tied = np.where(worth > 0, worth, UNTIED)
    has = words > 0
    share = words.max(axis=1, initial=0.0)
    cover = _cover(has[:, at], has, share)
    beyond = cover + BEYOND * (cosine - cosine[at][:, None] * anchors.cosine)
    pairs = np.where(own, _NEVER, start + COVER * cover + worth)
    pair = pairs.max(axis=0)
    before = pairs.argmax(axis=0)[at]
    both = has[:, at] | has[:, at[before]]
    path = (pair[at] - pair.max())[:, None] + COVER * _cover(both, has, share) + worth
    found = {
        "pair": pair,
        "tied": np.where(own, UNTIED - 1, start + only_tied).max(axis=0),
        "beyond": np.where(own, _NEVER, start + worth + beyond).max(axis=0),
        "tied_beyond": np.where(own, _NEVER, start + only_tied + beyond).max(axis=0),
        "path": np.where(own | own[before], _NEVER, path).max(axis=0),
    }
    return {name: values - values.max() for name, values in found.items()}


def _cover(held, has, share):
    """Return the idf share of the words in either: float64[m, n] of bool[words, m] and bool[words, n]."""
    # Either is one, or the other, less both.
    mine, theirs = held * share[:, None], has * share[:, None]
    # Not by a matrix product, whose order of adding is the processor's.
    both = sum((np.outer(*rows) for rows in zip(mine, has, strict=True)), np.zeros((mine.shape[1], has.shape[1])))
    return mine.sum(axis=0)[:, None] + theirs.sum(axis=0) - both
