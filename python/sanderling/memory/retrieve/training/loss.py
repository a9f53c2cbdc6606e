"""The listwise loss over documents, and its gradient with respect to node scores.

The loss is over documents because a question names the documents that answer it, and any node of a document finds it.
The score of a document is that of its best node. Each gold document competes with all documents that are not gold (the
softmax cross entropy of ListNet, Cao et al., ICML 2007, with one positive at a time), but not with other gold ones: the
second document of a chain must beat the noise and not the first::

    L = mean over all gold documents g, weighted by question, of  -ln( e^s_g / (e^s_g + Σ e^s_n) )

A question therefore counts the more the more documents it needs; those are the questions that dense search fails.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .network import Array, Indices


class Asked(NamedTuple):
    """The documents of many questions in one batch, and which documents are gold.

    A gold document answers its question.
    """

    document: Indices
    """Document of each node, numbered over all questions, in any order."""
    question: Indices
    """Question number of each document."""
    gold: NDArray[np.bool_]
    """Whether each document answers its question."""
    weight: Array
    """Weight of each question."""


def listwise(scores: Array, asked: Asked) -> tuple[float, Array]:
    """Return the loss and its gradient with respect to ``scores``. Questions without a gold document add nothing."""
    order = np.lexsort((-scores, asked.document))
    best = order[np.searchsorted(asked.document[order], np.arange(len(asked.question)))]
    s, question, gold = scores[best], asked.question, asked.gold
    count = len(asked.weight)
    largest = np.full(count, -np.inf)
    np.maximum.at(largest, question, s)
    e = np.exp(s - largest[question])
    others = np.bincount(question[~gold], e[~gold], count)
    golds = np.bincount(question[gold], minlength=count)
    share = asked.weight / max((asked.weight * golds).sum(), np.finfo(float).tiny)
    total = e[gold] + others[question[gold]]
    each = share[question[gold]]
    loss = float((each * (np.log(total) - (s - largest[question])[gold])).sum())
    d = np.zeros_like(s)
    d[gold] = each * (e[gold] / total - 1)
    d[~gold] = e[~gold] * np.bincount(question[gold], each / total, count)[question[~gold]]
    d_scores = np.zeros_like(scores)
    d_scores[best] = d
    return loss, d_scores
