"""Raise the notes that alone hold a code, a misspelt word or the rarest word of the question.

The embedder reads ``HX-2999`` and ``acountant`` letter by letter: its vector then says little, and of the many rows of
a table, or of the notes on all articles, any may be the nearest. Which note has the code is known for certain, however
either is written (:mod:`sanderling.text.questions.codes`). As with a date (:mod:`~.when`), a constant is added to the
logarithm of a note's weight.

The rarest word of a question is often a name that the embedder has never read, as that of a member in a long list. It
may not be what the question is about, so a note with it only gets the second place, and only where none of the first
has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from ..._core import KeySet
from ...records import AttentionResult, Keys
from ...text.questions.codes import codes
from ..store.store import Store
from ..store.times import nodes_with_phrase
from .cited import passes
from .postings import Postings

MOST = 4
"""Most notes with the same code, or word, that are raised: what more notes have tells them apart no longer."""
STRENGTH = 7.0
"""Amount added to the logarithm of a note's weight, as for a day.

A note that has nothing else of the question lies up to 4 below the best.
"""
FEWEST = 2
"""Most notes with the rarest word of a question of which one is given a place."""
PLACES = 3
"""Number of first places of which one is given to such a note."""
LEAST_NODES = 20
"""Fewest nodes in a memory where a word is rare."""
MISSPELT = 0.5
"""Share of the question's idf in misspelt words from which the notes with those words are raised."""


def exact(store: Store, question: str, said: Postings, nodes: int, allowed: KeySet | None) -> Keys:
    """Return the nodes, in rising order, that alone hold a code or a misspelt word of ``question``.

    ``said``: the nodes with its words. ``nodes``: the number of all. ``allowed``: the only nodes to return; None: all.
    Call inside ``store.read()``.
    """
    found: set[int] = set()
    for spelled in codes(question):
        found |= _few(nodes_with_phrase(store, spelled, MOST + 1))
    if said.misspelt.any():
        found |= _misspelt(said, nodes)
    return np.array(sorted(key for key in found if passes(key, allowed)), np.uint64)


def _misspelt(said: Postings, nodes: int) -> set[int]:
    """Return the few nodes with misspelt words of a question that is told apart by those."""
    counts = said.has.sum(axis=1).tolist()
    shares = [math.log((max(nodes, n) - n + 0.5) / (n + 0.5)) if 0 < 2 * n < nodes else 0.0 for n in counts]
    if sum(share for share, odd in zip(shares, said.misspelt, strict=True) if odd) <= MISSPELT * sum(shares):
        return set()
    return {key for row in said.has[said.misspelt] for key in _few(said.keys[row].tolist())}


def rarest(said: Postings, nodes: int, allowed: KeySet | None) -> Keys:
    """Return the nodes with the rarest word of a question, if there are at most :data:`FEWEST`.

    None if several words are as rare and stand in different nodes, or if the memory is small. As :func:`exact`.
    """
    counts = said.has.sum(axis=1).tolist()
    known = [(n, at) for at, (n, odd) in enumerate(zip(counts, said.misspelt.tolist(), strict=True)) if n and not odd]
    fewest = min(known)[0] if known else nodes
    if fewest > FEWEST or nodes < LEAST_NODES:
        return np.empty(0, np.uint64)
    found = {tuple(said.keys[said.has[at]].tolist()) for n, at in known if n == fewest}
    only = found.pop() if len(found) == 1 else ()
    return np.array([key for key in only if passes(key, allowed)], np.uint64)


def placed(attended: AttentionResult, keys: Keys) -> AttentionResult:
    """Return ``attended`` with the best of ``keys`` at the second place, unless one of them is among the first.

    Weights belong to the places.
    """
    # At most FEWEST keys and some hundred nodes: lists are quicker here than numpy's set functions.
    ranked, wanted = attended.keys.tolist(), set(keys.tolist())
    at = next((place for place, key in enumerate(ranked) if key in wanted), 0) if wanted else 0
    if at < PLACES:
        return attended
    ranked.insert(1, ranked.pop(at))
    return msgspec.structs.replace(attended, keys=np.array(ranked, np.uint64))


def raised(attended: AttentionResult, keys: Keys) -> AttentionResult:
    """Return ``attended`` with the nodes ``keys`` raised, heaviest first."""
    if not len(keys):
        return attended
    gain = STRENGTH * np.isin(attended.keys, keys)
    log = np.log(np.maximum(attended.weights.astype(float), np.finfo(np.float32).tiny)) + gain
    order = np.argsort(-log, kind="stable")
    weights = np.exp(log - log.max())[order]
    return msgspec.structs.replace(
        attended, keys=attended.keys[order], weights=(weights / weights.sum()).astype(np.float32)
    )


def _few(keys: Sequence[int]) -> frozenset[int]:
    return frozenset(keys) if len(keys) <= MOST else frozenset()
