"""Put notes in other languages than the question's among the first results.

They share no words with the question, and words are half of what the attention ranks by: notes in the question's own
language that have "takes care of" in them would all come first. An embedder of several languages finds such notes by
their meaning, though it too favours the question's language. So they are ranked apart, by cosines to the mean of all
that is near. Where the best of them is about as near as the best note in the question's language, three of them come
among the first five; otherwise a note in the question's language is what was asked for, and nothing moves.

Of 12 English questions about 12 German notes among the station's English ones, the first five held the right note for 3
by attention alone, for 8 to 10 if each note came no later than by its cosine, and for 12 this way. An embedder of one
language never takes this way.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
import numpy as np

from ..._core import KeySet
from ...records import RetrievalResult, SearchParams, Vectors
from ...text.questions.question import WORD
from ...text.short_language import COMMON, WORDS, short_language
from ..index import MemoryIndex
from ..store.nodes import texts
from ..store.store import Store

NEAREST = 256
"""Number of nearest nodes searched for notes in other languages."""
MARGIN = 0.15
"""Largest cosine by which the best such note may be behind the best note in the question's language.

The mean is subtracted from all vectors first. Where it is not lower at all it comes first. Of 110 questions that a note
of their own language answers, the best note of another was lower by more than this for all but 6; it was for none of 12
that a note of another language answers.
"""
PLACES = 3
"""Most notes in other languages that are moved."""
FEWEST_WORDS, SAMPLE = 6, 200
"""Fewest words, and characters searched, for telling a note's language by common words.

If at most one of the words is common in the question's language, the note is in another.
"""
MOST_KNOWN = 20_000
"""Number of nodes whose language is remembered."""


class OtherLanguages:
    """Finds notes in other languages than a question's, in one memory."""

    def __init__(self, store: Store, index: MemoryIndex, languages: Collection[str]) -> None:
        """Prepare to search ``store`` and its ``index``. ``languages``: those that the embedder was trained for."""
        self._store, self._index = store, index
        self._several = len(languages) > 1 or "mul" in languages
        self._known: dict[int, tuple[str, frozenset[str]]] = {}

    def placed(self, question: str, found: RetrievalResult, allowed: KeySet | None) -> RetrievalResult:
        """Return ``found`` with the best notes in other languages moved to the first five.

        A note that already stands at its place or before it is not moved. Nothing is changed if the embedder knows one
        language, or if the question's cannot be told. ``allowed``: the only nodes to be found; None: all. Call inside
        ``store.read()``.
        """
        asked = short_language(question) if self._several else ""
        if not asked:
            return found
        hits = self._index.nearest(found.vector, SearchParams(k=NEAREST, ef_search=NEAREST), allowed)
        keys = hits.keys.tolist()
        written = self._languages(keys, asked)
        others = [at for at, key in enumerate(keys) if written.get(key, asked) != asked]
        if not others:
            return found
        cosines = _cosines_to_mean(self._index.vectors(hits.keys), found.vector)
        best = sorted(others, key=lambda at: -cosines[at])[:PLACES]
        lead = float(cosines[best[0]] - np.delete(cosines, others).max(initial=-1))
        if lead < -MARGIN:
            return found
        return _with(found, [keys[at] for at in best], (0 if lead >= 0 else 1, 2, 4))

    def _languages(self, keys: Sequence[int], asked: str) -> dict[int, str]:
        """Return the language of each node; "" if it is only known not to be ``asked``.

        ``asked``: the question's language. Nodes of which not even that is known are left out.
        """
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        new = [key for key in keys if key not in self._known]
        self._known.update((key, (short_language(text), _words(text))) for key, text in texts(self._store, new))
        common = COMMON.get(asked, frozenset())
        known = {key: self._known[key] for key in keys if key in self._known}
        return {
            key: language
            for key, (language, words) in known.items()
            if language or (len(words) >= FEWEST_WORDS and len(words & common) < WORDS)
        }


def _cosines_to_mean(vectors: Vectors, question: Vectors) -> Vectors:
    """Return the cosine of each vector with the question's, after subtracting the mean of ``vectors``."""
    mean = vectors.mean(axis=0)
    apart, asked = vectors - mean, question - mean
    lengths = np.linalg.norm(apart, axis=1) * np.linalg.norm(asked)
    cosines: Vectors = apart @ asked / np.maximum(lengths, np.finfo(np.float32).tiny)
    return cosines


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in WORD.findall(text[:SAMPLE]))


def _with(found: RetrievalResult, keys: Sequence[int], places: Sequence[int]) -> RetrievalResult:
    """Return ``found`` with ``keys`` moved to ``places``, unless they rank higher already."""
    order = found.attended.keys.tolist()
    for at, key in zip(places, keys, strict=False):
        if key not in order[: at + 1]:
            if key in order:
                order.remove(key)
            order.insert(at, key)
    attended = msgspec.structs.replace(
        found.attended,
        keys=np.array(order, dtype=np.uint64),
        # Weights belong to the places; a node that attention had left out adds nothing to their sum.
        weights=_filled(found.attended.weights, len(order)),
        prior_weights=_filled(found.attended.prior_weights, len(order)),
    )
    return msgspec.structs.replace(found, attended=attended)


def _filled(weights: Vectors, length: int) -> Vectors:
    return np.concatenate([weights, np.zeros(length - len(weights), dtype=weights.dtype)])
