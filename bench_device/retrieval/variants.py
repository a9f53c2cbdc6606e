"""Variants of a question for training: some of its words left out, and asked of a part of the notes.

A few hundred questions teach what is peculiar to their words and to the size of their memory. A question without some
of its words has the same answer, and so has one asked of fewer notes, if those that answer it are among them. Words
with a capital are left out half as often, since a question without its names may ask about anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..._core import KeySet
from ...records import Keys

MOST = 8
"""Most variants of one question."""
OF_SET = 1600
"""Number of variants of all questions of a set, if none has more than :data:`MOST`."""
SHARES = (0.3, 0.5, 0.75, 1.0)
"""Shares of the notes that a variant may be asked of."""
SHARES_OF_UNION = (0.1, 0.2, 0.35, 0.6)
"""The same in a memory of several sets."""
LEFT_OUT = 0.12
"""Share of a question's words that half of its variants lack."""
FEWEST_WORDS = 4


class Variant(NamedTuple):
    """A question's text, and the only nodes among which it is asked; None: all."""

    text: str
    allowed: KeySet | None


def variants(
    text: str, gold: Collection[str], nodes: Mapping[int, str], shares: Sequence[float], random: np.random.Generator
) -> Iterator[Variant]:
    """Yield variants of the question ``text`` without end.

    ``gold``: documents that answer it, which no variant lacks. ``nodes``: the document of each node.
    """
    keys = np.fromiter(nodes, np.uint64, len(nodes))
    answers = np.array([document in gold for document in nodes.values()])
    while True:
        asked = without_words(text, random) if random.random() < 0.5 else text
        yield Variant(asked, _among(keys, answers, float(random.choice(shares)), random))


def how_many(questions: int) -> int:
    """Return the number of variants for each of a set's ``questions``."""
    return max(1, min(MOST, OF_SET // questions))


def without_words(text: str, random: np.random.Generator) -> str:
    """Return ``text`` without some of its words; unchanged if too few would be left."""
    words = text.split()
    kept = [word for word in words if random.random() >= LEFT_OUT * (0.5 if word[0].isupper() else 1.0)]
    return " ".join(kept) if len(kept) >= FEWEST_WORDS else text


def _among(keys: Keys, answers: np.ndarray, share: float, random: np.random.Generator) -> KeySet | None:
    if share >= 1.0:
        return None
    return KeySet(np.sort(keys[answers | (random.random(len(keys)) < share)]))
