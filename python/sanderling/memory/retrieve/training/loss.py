"""Scores of nodes in, one number to be made smaller and its gradient out.

Listwise, and over documents, since a question names the documents that answer it and any node of one finds it. The
score of a document is that of its best node. Each document that is asked for competes with all that are not (the
softmax cross entropy of ListNet, Cao et al., ICML 2007, with one positive at a time), but not with the others that are:
the second passage of a chain must beat the noise and not the first::

    L = mean over all gold documents g, weighted by question, of  -ln( e^s_g / (e^s_g + Σ e^s_n) )

So a question counts the more the more passages it needs, which are the questions that dense search leaves over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .network import Array, Indices


class Asked(NamedTuple):
    """What is wanted of the nodes of many questions, laid side by side."""

    document: Indices
    """Of each node, counted over all questions; nodes of one document stand anywhere."""
    question: Indices
    """Of each document."""
    gold: NDArray[np.bool_]
    """Of each document."""
    weight: Array
    """Of each question."""


def listwise(scores: Array, asked: Asked) -> tuple[float, Array]:
    """Return the loss and its gradient by the scores. Questions without a gold document count nothing."""
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
