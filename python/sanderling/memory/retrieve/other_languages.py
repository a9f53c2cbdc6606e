"""Keep room among the first notes for notes in another language than the question's.

They share no words with the question, and words are half of what the attention ranks by: notes in the question's own
language that have "takes care of" in them would all come first. An embedder of several languages finds such notes by
their meaning, though it too favours the question's language. So they are ranked apart, by cosines to the mean of all
that is near, and the first of them get every second place.

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
"""Nodes among which notes of other languages are looked for."""
NEAR = 64
"""If the best of them is among so many, it may come first of all."""
PLACES = 3
"""Notes of other languages that are moved, at most."""
FEWEST_WORDS, SAMPLE = 6, 200
"""Words of a note whose language is in doubt, and characters in which they are looked for: if none but one is common in
the question's language, the note is in another."""
MOST_KNOWN = 20_000
"""Nodes whose language is remembered."""


class OtherLanguages:
    """Finds the notes of one memory that are in another language than a question."""

    def __init__(self, store: Store, index: MemoryIndex, languages: Collection[str]) -> None:
        """Prepare to look into ``store`` and its ``index``; ``languages``: those that the embedder was trained for."""
        self._store, self._index = store, index
        self._several = len(languages) > 1 or "mul" in languages
        self._known: dict[int, tuple[str, frozenset[str]]] = {}

    def placed(self, question: str, found: RetrievalResult, allowed: KeySet | None) -> RetrievalResult:
        """Return ``found`` with the best notes of other languages moved up to every second place.

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
        vectors = self._index.vectors(hits.keys)
        mean = vectors.mean(axis=0)
        apart = vectors[others] - mean
        cosines = apart @ (found.vector - mean) / np.maximum(np.linalg.norm(apart, axis=1), np.finfo(np.float32).tiny)
        best = [others[at] for at in np.argsort(-cosines, kind="stable")[:PLACES]]
        return _with(found, [keys[at] for at in best], 0 if best[0] < NEAR else 1)

    def _languages(self, keys: Sequence[int], asked: str) -> dict[int, str]:
        """Return the language of each node; "" if it is only known not to be ``asked``, the question's language.

        Nodes of which not even that is known are left out.
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


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in WORD.findall(text[:SAMPLE]))


def _with(found: RetrievalResult, keys: Sequence[int], first: int) -> RetrievalResult:
    """Return ``found`` with ``keys`` moved up to the places ``first``, ``first + 2`` and so on.

    A key that is at its place or before it is not moved.
    """
    order = found.attended.keys.tolist()
    for at, key in zip(range(first, len(order) + 2 * len(keys), 2), keys, strict=False):
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
