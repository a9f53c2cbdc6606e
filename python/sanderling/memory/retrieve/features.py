"""What each way of looking says of each node found, as the numbers that graph attention reads.

The weights that ship were trained on exactly this table; another order, meaning or unit is another
:data:`FEATURES_VERSION`, and weights of another version are refused. Every value lies between -2 and 1. ``hit 0`` and
``hit 1`` are the two best passages of different documents before any edge is looked at.

What a node has to do with a hit is divided by the largest such value among the nodes found. How much the best tie is
worth differs by the kind of questions and texts, that it is the best does not: of sets that the weights saw nothing of
R@5 rose by up to .025, of those they learned from it moved by .006 at most.

=====================  ===============================================================================================
``cosine``             with the question
``cosine_below_best``  the same, less the highest among the nodes found
``near``               10 / (10 + rank by cosine), the first having rank 0
``words``              share of the question's idf in the words that the node has
``words_below_best``   the same, less the highest
``words_rank``         10 / (10 + rank by words)
``named``              weight with which the question mentions the document's title; its first node alone
``cited``              weight of that mention times that of the edge, for what a named document cites
per hit:
``is_hit``             1 for the hit itself
``same_document``      1 for other nodes of its document
per hit, of the largest:
``like_hit``           cosine with the hit; 0 for the hit itself
``beyond_hit``         product with what of the question's vector is at right angles to the hit's
``words_left``         share of the question's idf in words that the node has and the hit has not
``name``               how telling the rarest name is that it shares with the hit
``names``              the sum over all such names, at most 3
``name_in_title``      the same as ``name``, of names that its title begins with
=====================  ===============================================================================================

Type and age of a node have no column: they are the same throughout every public set to learn from.
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
    """What one hit says of the nodes."""

    is_hit: Column
    same_document: Column
    cosine: Column
    """Of the nodes with the hit."""
    name: Column
    names: Column
    name_in_title: Column


def table(cosine: Column, words: NDArray[np.float64], named: Column, cited: Column, hits: list[OfHit]) -> Column:
    """Return float64[n, len(FEATURES)] for n nodes found.

    ``words``: [words, n], the share of each word that a node has. Where there are fewer hits than :data:`HITS`, their
    columns are 0.
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
    # Weights of edges may be any positive float32; attention takes features up to this (`MAX_FEATURE` of the core).
    return phi.clip(-1e6, 1e6)


def _closeness(values: Column) -> Column:
    rank = np.empty(len(values))
    rank[np.argsort(-values, kind="stable")] = np.arange(len(values))
    closeness: Column = 10 / (10 + rank)
    return closeness
