"""The probability that the quoted sentence holds the answer, by logistic regression.

The weights were fitted by ``sanderling bench quote --data ...`` on the questions of the station, the vault and the
development sets; that command prints them, with AUROC on sets left out and the reliability that ``docs/results.md``
shows. No sign depends on the scale of an embedder's cosines but the margin.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Signs(NamedTuple):
    """Cheap measures of the best sentence, from which its confidence is computed.

    They need no model that reads the sentence.
    """

    coverage: float
    """Share of the question's words in the sentence and the title of its note, by rarity, 0 to 1."""
    margin: float
    """Score beyond that of the second sentence; 0 if there is none."""
    weight: float
    """Weight by which its note was ranked, 0 to 1."""
    hops: int
    """Number of the question's words that hint at several notes; then the sentence often holds the first half only."""


WEIGHTS = (1.74, 2.23, 1.24, -0.70)
"""Weights in the order of the signs. What kind of thing the sentence holds, and how much of it is new, told nothing
more."""
BIAS = -1.87


def probability(signs: Signs) -> float:
    """Return the probability that the sentence with these ``signs`` holds the answer."""
    return 1 / (1 + math.exp(-BIAS - sum(weight * sign for weight, sign in zip(WEIGHTS, signs, strict=True))))
