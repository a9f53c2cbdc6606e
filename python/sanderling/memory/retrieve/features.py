"""The feature table that graph attention reads: one row of numbers for each candidate.

The weights that ship were trained on exactly this table. A changed order, meaning or unit requires a new
:data:`FEATURES_VERSION`; weights of another version are refused. Every value lies between -2 and 1. Hit 0 and hit 1 are
the two best nodes of different documents before any edge is looked at.

A feature that relates a node to a hit is divided by its largest value among the candidates, because the value of the
best tie varies with the kind of questions and texts, while its being the best does not. This raised R@5 by up to .025
on sets the weights had not seen, and moved it by at most .006 on those they were trained on.

=====================  ===============================================================================================
``cosine``             cosine with the question
``cosine_below_best``  ``cosine`` minus the highest among the candidates
``near``               10 / (10 + rank by cosine), ranks from 0
``words``              share of the question's idf in the words of the node
``words_below_best``   ``words`` minus the highest
``words_rank``         10 / (10 + rank by words)
``named``              weight of the question's mention of the document's title; on its first node only
``cited``              weight of that mention times that of the edge, on nodes that a named document cites
per hit:
``is_hit``             1 for the hit itself
``same_document``      1 for other nodes of its document
per hit, relative:     to the largest value among the candidates
``like_hit``           cosine with the hit; 0 for the hit itself
``beyond_hit``         product with the part of the question's vector orthogonal to the hit's
``words_left``         share of the question's idf in words that the node has and the hit lacks
``name``               informativeness ln(N/n) / ln N of the rarest name shared with the hit
``names``              sum over all shared names, at most 3
``name_in_title``      ``name`` of the names that open the node's title
=====================  ===============================================================================================

Type and age of a node have no column: they are constant within every public training set.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FEATURES_VERSION = 2
HITS = 2
_PER_HIT = (
    "is_hit",
    "same_document",
    "like_hit",
    "beyond_hit",
    "words_left",
    "name",
    "names",
    "name_in_title",
)
FEATURES = (
    "cosine",
    "cosine_below_best",
    "near",
    "words",
    "words_below_best",
    "words_rank",
    "named",
    "cited",
    *(f"{feature}_{hit}" for hit in range(HITS) for feature in _PER_HIT),
)

Column = NDArray[np.float64]


class OfHit(NamedTuple):
    """The features that relate the candidates to one hit: arrays with one value for each candidate."""

    is_hit: Column
    same_document: Column
    cosine: Column
    """Cosine of each candidate with the hit."""
    name: Column
    names: Column
    name_in_title: Column


def table(cosine: Column, words: NDArray[np.float64], named: Column, cited: Column, hits: list[OfHit]) -> Column:
    """Build the feature table of n candidates: float64[n, len(FEATURES)].

    ``cosine``, ``named``, ``cited``: float64[n]. ``words``: float64[words, n], the idf share of each word that a node
    has, else 0. The columns of hits beyond ``hits`` are 0.
    """
    covered = words.sum(axis=0)
    phi = np.zeros((len(cosine), len(FEATURES)))
    phi[:, :8] = np.stack(
        [
            cosine,
            cosine - cosine.max(),
            _closeness(cosine),
            covered,
            covered - covered.max(),
            _closeness(covered),
            named,
            cited,
        ],
        axis=1,
    )
    for number, hit in enumerate(hits[:HITS]):
        own = int(hit.is_hit.argmax())
        first = 8 + number * len(_PER_HIT)
        phi[:, first : first + 2] = np.stack([hit.is_hit, hit.same_document], axis=1)
        tied = np.stack(
            [
                np.where(hit.is_hit > 0, 0.0, hit.cosine),
                cosine - cosine[own] * hit.cosine,
                words[words[:, own] == 0].sum(axis=0),
                hit.name,
                np.minimum(hit.names, 3.0),
                hit.name_in_title,
            ],
            axis=1,
        )
        largest = np.abs(tied).max(axis=0)
        phi[:, first + 2 : first + len(_PER_HIT)] = tied / np.where(largest > 0, largest, 1)
    # Edge weights may be any positive float32; this is the largest feature attention takes (`MAX_FEATURE` of the core).
    return phi.clip(-1e6, 1e6)


def _closeness(values: Column) -> Column:
    rank = np.empty(len(values))
    rank[np.argsort(-values, kind="stable")] = np.arange(len(values))
    closeness: Column = 10 / (10 + rank)
    return closeness
