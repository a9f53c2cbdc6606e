"""Find the documents that a question names by title or alias.

Ingest holds all titles as a trie (:mod:`sanderling.text.name_trie`). A memory that only answers may be open for days on
a small device, so here a title takes 16 bytes: a hash of its words (Python's own, valid for one process) and its
document, sorted by hash. A question of n words has at most n times :data:`MAX_WORDS` runs of words; their hashes are
looked up in one call. Matches are compared with the titles themselves, so equal hashes of different titles do no harm.

A title matches with its bracketed qualifier and without: ``Otter vessel`` names ``Otter (vessel)``, and ``Otter`` names
it together with all other documents of that name. Otherwise the rules are those of the name trie.
"""

from __future__ import annotations

import numpy as np

from ...text.name_trie import MAX_BEARERS, bare_title, title_key
from ...text.searched import sequence
from ..store.store import Store
from ..store.titles import document_keys, nodes_removed_since, titles_after, titles_of

MAX_WORDS = 12
"""Words of the longest title that can match; fewer than one encyclopedia title in a thousand is longer."""
MAX_QUESTION_WORDS = 256


class TitleIndex:
    """An index of the titles and aliases of one store. Usable from several threads."""

    def __init__(self, store: Store) -> None:
        """Start empty; the titles are read at the first question."""
        self._store = store
        self._generation = -1
        # The newest document read.
        self._newest = 0
        self._hashes = np.empty(0, np.int64)
        self._documents = np.empty(0, np.int64)

    def find(self, question: str) -> dict[int, float]:
        """Return the documents that ``question`` names, each with a weight: 1/n for a title that n documents have.

        Where several titles match at one place the longest counts, and its words match nothing else.
        """
        words = sequence(question, case=True)[:MAX_QUESTION_WORDS]
        if not words:
            return {}
        # Reading holds the store's lock, which also guards the arrays.
        with self._store.read():
            self._catch_up()
            if not len(self._hashes):
                return {}
            return self._find(words)

    def _find(self, words: list[str]) -> dict[int, float]:
        lowered = [word.casefold() for word in words]
        # Longest first at each place.
        runs = [
            (at, " ".join(lowered[at : at + length]))
            for at in range(len(words))
            for length in range(min(MAX_WORDS, len(words) - at), 0, -1)
        ]
        wanted = np.fromiter((hash(run) for _, run in runs), np.int64, len(runs))
        first = np.searchsorted(self._hashes, wanted, "left")
        last = np.searchsorted(self._hashes, wanted, "right")
        named: dict[int, float] = {}
        free = 0
        for i in np.flatnonzero(last > first).tolist():
            at, run = runs[i]
            if at < free:
                continue
            documents = set(self._documents[first[i] : last[i]].tolist())
            if len(documents) > MAX_BEARERS:
                free = at + run.count(" ") + 1
                continue
            if bearers := self._titled(run, words[at], documents):
                free = at + run.count(" ") + 1
                for document in bearers:
                    named[document] = max(named.get(document, 0.0), 1 / len(bearers))
        return named

    def _titled(self, run: str, first_word: str, documents: set[int]) -> list[int]:
        """Return those of ``documents`` whose title or alias consists of the words in ``run``.

        A single word must be capitalised if all their titles are.
        """
        rows = titles_of(self._store, documents)
        fitting = [(key, title) for key, title in rows if run in _keys(title)]
        if (
            " " not in run
            and not first_word[:1].isupper()
            and all(bare_title(title)[:1].isupper() for _, title in fitting)
        ):
            return []
        return list(dict.fromkeys(key for key, _ in fitting))

    def _catch_up(self) -> None:
        """Read the titles added since the last call, and forget those of deleted documents.

        Keys of documents only grow, and a changed document gets a new key.
        """
        generation = self._store.generation()
        if generation == self._generation:
            return
        # The change log answers this; counting documents would take milliseconds for each answer written back.
        if not self._store.has_generation(self._generation) or nodes_removed_since(self._store, self._generation):
            kept = np.isin(self._documents, np.array(document_keys(self._store), np.int64))
            self._hashes, self._documents = self._hashes[kept], self._documents[kept]
        rows = titles_after(self._store, self._newest)
        if rows:
            pairs = [(hash(words), key) for key, title in rows for words in _keys(title)]
            hashes = np.concatenate([self._hashes, np.array([pair[0] for pair in pairs], np.int64)])
            documents = np.concatenate([self._documents, np.array([pair[1] for pair in pairs], np.int64)])
            order = np.argsort(hashes, kind="stable")
            self._hashes, self._documents = hashes[order], documents[order]
            self._newest = rows[-1][0]
        self._generation = generation


def _keys(title: str) -> set[str]:
    """Return the strings by which a title is looked up: its words with and without the bracketed qualifier.

    Empty if the title is too short.
    """
    bare = title_key(title)
    return {bare, " ".join(sequence(title))} if bare else set()
