"""Find the documents that a question names by title or alias.

Ingest holds all titles as a trie (:mod:`sanderling.text.name_trie`). A memory that only answers may be open for days on
a small device, so here a title takes 16 to 32 bytes: a hash of its words (Python's own, valid for one process) and its
document, sorted by hash, and hashes of the words that begin it. A question of n words has at most n times
:data:`MAX_WORDS` runs of words; only runs whose first words begin a title are looked up, in one call. Matches are
compared with the titles themselves, so equal hashes of different titles do no harm.

A title matches with its bracketed qualifier and without: ``Otter vessel`` names ``Otter (vessel)``, and ``Otter`` names
it together with all other documents of that name. Otherwise the rules are those of the name trie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

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
        # Hashes of the first word of each title and of its first two, each once.
        self._openings = np.empty(0, np.int64)

    def find(self, question: str) -> dict[int, float]:
        """Return the documents that ``question`` names, each with weight 1/n if n documents have the title.

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
        folded = [word.casefold() for word in words]
        # Few words begin a title, and fewer pairs of words: longer runs are looked up only where these do.
        begins = self._are_known(self._openings, [hash(word) for word in folded])
        pairs = [at for at in begins if at + 1 < len(folded)]
        known = self._are_known(self._openings, [hash(f"{folded[at]} {folded[at + 1]}") for at in pairs])
        runs = [(at, folded[at]) for at in begins]
        runs += [run for place in known for run in _runs(folded, pairs[place])]
        wanted = [hash(run) for _, run in runs]
        there = self._are_known(self._hashes, wanted)
        if not there:
            return {}
        # Longest first at each place.
        there.sort(key=lambda i: (runs[i][0], -len(runs[i][1])))
        bearers = {i: self._bearers(wanted[i]) for i in there}
        titles: dict[int, list[str]] = {}
        every = set[int]().union(*(of for of in bearers.values() if len(of) <= MAX_BEARERS))
        for document, title in titles_of(self._store, every) if every else ():
            titles.setdefault(document, []).append(title)
        named: dict[int, float] = {}
        free = 0
        for i in there:
            at, run = runs[i]
            if at < free:
                continue
            if len(bearers[i]) > MAX_BEARERS:
                free = at + run.count(" ") + 1
                continue
            if titled := _titled(run, words[at], {document: titles.get(document, []) for document in bearers[i]}):
                free = at + run.count(" ") + 1
                for document in titled:
                    named[document] = max(named.get(document, 0.0), 1 / len(titled))
        return named

    @staticmethod
    def _are_known(known: NDArray[np.int64], wanted: list[int]) -> list[int]:
        """Return the places of the ``wanted`` hashes that are in ``known``, which are sorted and not empty."""
        hashes = np.array(wanted, np.int64)
        first = np.searchsorted(known, hashes)
        return np.flatnonzero(known[np.minimum(first, len(known) - 1)] == hashes).tolist()

    def _bearers(self, wanted: int) -> set[int]:
        """Return the documents with a title of the hash ``wanted``."""
        first, last = (np.searchsorted(self._hashes, wanted, side) for side in ("left", "right"))
        return set(self._documents[first:last].tolist())

    def _catch_up(self) -> None:
        """Read the titles added since the last call, and forget the titles of deleted documents.

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
            pairs = [(words, key) for key, title in rows for words in _keys(title)]
            hashes = np.concatenate([self._hashes, np.array([hash(words) for words, _ in pairs], np.int64)])
            documents = np.concatenate([self._documents, np.array([key for _, key in pairs], np.int64)])
            order = np.argsort(hashes, kind="stable")
            self._hashes, self._documents = hashes[order], documents[order]
            # Those of forgotten titles stay, and only cost a look-up.
            openings = {hash(" ".join(words.split(" ", 2)[:count])) for words, _ in pairs for count in (1, 2)}
            self._openings = np.union1d(self._openings, np.fromiter(openings, np.int64, len(openings)))
            self._newest = rows[-1][0]
        self._generation = generation


def _runs(words: list[str], at: int) -> Iterator[tuple[int, str]]:
    """Yield each run of 2 to :data:`MAX_WORDS` of ``words`` that begins at ``at``, with that place."""
    run = words[at]
    for following in words[at + 1 : at + MAX_WORDS]:
        run = f"{run} {following}"
        yield at, run


def _titled(run: str, first_word: str, titles: Mapping[int, list[str]]) -> list[int]:
    """Return the documents in ``titles`` of which a title or alias consists of the words in ``run``.

    A single word must be capitalised if all their titles are.
    """
    fitting = [(key, title) for key, of in titles.items() for title in of if run in _keys(title)]
    if " " not in run and not first_word[:1].isupper() and all(bare_title(title)[:1].isupper() for _, title in fitting):
        return []
    return list(dict.fromkeys(key for key, _ in fitting))


def _keys(title: str) -> set[str]:
    """Return the strings by which a title is looked up: its words with and without the bracketed qualifier.

    Empty if the title is too short.
    """
    bare = title_key(title)
    return {bare, " ".join(sequence(title))} if bare else set()
