"""Scores between 0 and 1 for an answer or a ranking, computed from strings and ids alone.

Answers are compared as in SQuAD (Rajpurkar et al. 2016, section 6.1, arXiv 1606.05250): lower-cased, without ASCII
punctuation and the articles a, an, the; the best match among the accepted answers counts. For a question without
accepted answers only the empty string is right, as in SQuAD 2.0 (Rajpurkar et al. 2018, arXiv 1806.03822).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from ...text import declined as declining
from ...text.answer_checks import normalise


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """Return 1.0 if the normalised prediction equals an accepted answer, else 0.0."""
    said = normalise(prediction)
    return float(any(said == normalise(answer) for answer in answers or ("",)))


def f1(prediction: str, answers: Sequence[str]) -> float:
    """Return the F1 score of the prediction's words against the accepted answer that matches best."""
    return max(_f1_of_words(normalise(prediction).split(), normalise(answer).split()) for answer in answers or ("",))


def _f1_of_words(said: list[str], right: list[str]) -> float:
    if not said or not right:
        return float(said == right)
    common = sum((Counter(said) & Counter(right)).values())
    # 2PR / (P + R) with P = common / |said| and R = common / |right|.
    return 2 * common / (len(said) + len(right))


def contains(prediction: str, answers: Sequence[str]) -> float:
    """Return 1.0 if an accepted answer occurs in the prediction as consecutive whole words, else 0.0.

    Fairer than F1 to models that answer in sentences, but blind to errors in the rest of the text.
    """
    said = normalise(prediction)
    rights = [normalise(answer) for answer in answers or ("",)]
    return float(any(f" {right} " in f" {said} " if right else not said for right in rights))


def declined(prediction: str) -> float:
    """Return 1.0 if the prediction is empty or states that the notes hold no answer, else 0.0.

    Told from the words alone (:mod:`sanderling.text.declined`), so it is reported separately and never counted in the
    other measures.
    """
    return float(declining.declined(prediction))


def recall_at(k: int, ranked: Sequence[str], gold: Sequence[str]) -> float:
    """Return the share of the gold documents that are among the first ``k`` documents of the ranking.

    A document ranks where its best chunk does: repeated ids in ``ranked`` count once. Raises ValueError without gold.
    """
    if not gold:
        raise ValueError("recall is not defined without gold documents")
    found = set(list(dict.fromkeys(ranked))[:k])
    return len(found & set(gold)) / len(set(gold))


def all_at(k: int, ranked: Sequence[str], gold: Sequence[str]) -> float:
    """Return 1.0 if every gold document is among the first ``k``, as a multi-hop answer requires, else 0.0."""
    return float(recall_at(k, ranked, gold) == 1.0)


def ndcg_at(k: int, ranked: Sequence[str], gold: Sequence[str]) -> float:
    """Return the discounted cumulative gain of the first ``k`` documents, relative to the ideal ranking.

    A gold document at rank r gains 1 / log2(r + 1), any other 0 (Järvelin and Kekäläinen 2002, with BEIR's discount).
    Documents rank as in :func:`recall_at`. Raises ValueError without gold.
    """
    if not gold:
        raise ValueError("nDCG is not defined without gold documents")
    wanted = set(gold)
    documents = list(dict.fromkeys(ranked))[:k]
    gain = sum(1 / math.log2(rank + 1) for rank, document in enumerate(documents, start=1) if document in wanted)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(wanted)) + 1))


def reciprocal_rank(ranked: Sequence[str], gold: Sequence[str]) -> float:
    """Return 1 / rank of the first gold document, or 0.0 if none was found.

    The mean over questions is the MRR.
    """
    wanted = set(gold)
    documents = dict.fromkeys(ranked)
    return next((1 / rank for rank, document in enumerate(documents, start=1) if document in wanted), 0.0)


def bootstrap_interval(values: Sequence[float], seed: int, n: int = 1000, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean (Efron and Tibshirani 1993, chapter 13).

    ``n``: number of resamples, each of full size and drawn with replacement. Raises ValueError without values, for
    ``n`` below 1, or for a level outside (0, 1).
    """
    if not values or n < 1 or not 0.0 < level < 1.0:
        raise ValueError("a bootstrap interval needs values, at least one resample and a level between 0 and 1")
    sample = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    # One resample at a time: all at once would hold n * len(values) indices in memory.
    means = [sample[rng.integers(0, sample.size, sample.size)].mean() for _ in range(n)]
    low, high = np.quantile(means, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)
