"""Drop query words that are too common for a full-text lookup.

A full-text query of a whole question spends its time on words such as ``the`` and ``of``, because SQLite scores every
node that has any of the words. Words that many nodes have hardly change the order (the idf of BM25 is 0 for a word in
half of the nodes), so they are dropped; of the others the rarest are kept, as many as can be scored in a few
milliseconds. On four sets of questions over 296 to 3,529 nodes, dropping the words that more than 15 per cent of the
nodes have changed the R@5 of BM25 by at most .010, mostly by less than .005, at a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from ...text.spellings import spellings
from .database import Database
from .lookup import MOST_SPELLINGS, expression, known_spellings
from .words import Words

COMMON_SHARE = 0.15
FEW = 256
"""Largest number of nodes with a word that is always looked up."""
BUDGET = 1500
"""Largest number of nodes scored for one question, counted once per word they have: 1.5 to 2 ms.

Over the 9,425 nodes of four sets together, 4000 takes 3.1 to 3.8 ms. With 1500 the R@5 of BM25 is .010 lower on
HotpotQA, .003 lower on 2WikiMultihopQA and .030 higher on MuSiQue, that of hybrid search within .002 on all three;
1000 loses .020 of BM25 on HotpotQA.
"""
MOST_MISSPELLED = 3
"""Most words of a question looked up in other spellings, at some milliseconds each."""
KEPT = 10_000
"""Number of words whose counts are cached; a full cache is cleared."""


class CommonTerms:
    """Finds words rare enough to look up, and caches how many nodes contain a word.

    Usable from several threads, which at worst count twice.
    """

    def __init__(self, database: Database, words: Words) -> None:
        """Start with an empty cache. ``words``: the word table of the same memory."""
        self._database = database
        self._words = words
        self._newest = 0
        self._limit = FEW
        self._counts: dict[str, int] = {}
        self._spelled: dict[str, tuple[str, ...]] = {}

    def telling(self, words: Sequence[str]) -> list[str]:
        """Return the words rare enough to look up, in order; all words if none is rare enough."""
        counted = self._words.counts(words)
        if counted is not None:
            return _rarest(words, dict(zip(words, counted, strict=True)), _limit(self._words.nodes))
        # Keys only grow, so the newest says cheaply how much has come since; what has gone is noticed with it.
        newest = self._database.execute("SELECT coalesce(max(key), 0) FROM node")[0][0]
        if newest > 1.1 * self._newest or len(self._counts) > KEPT:
            nodes = self._database.execute("SELECT count(*) FROM node")[0][0]
            self._newest, self._counts, self._spelled = newest, {}, {}
            self._limit = _limit(nodes)
        counts, limit = self._counts, self._limit
        for word in words:
            if word not in counts:
                counts[word] = self._count(word, limit + 1)
        return _rarest(words, counts, limit)

    def unknown(self, words: Iterable[str]) -> list[str]:
        """Return the ``words`` that no node has."""
        words = list(words)
        counts = self._words.counts(words)
        if counts is not None:
            return [word for word, count in zip(words, counts, strict=True) if not count]
        return [word for word in words if not self._count(word, 1)]

    def spellings(self, unknown: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the known words one edit away from each of ``unknown``.

        Only the first :data:`MOST_MISSPELLED` are looked up.
        """
        tried = list(islice(unknown, MOST_MISSPELLED))
        known = [self._words.known(spellings(word), MOST_SPELLINGS) for word in tried]
        if tried and None not in known:
            return {word: tuple(spelled or ()) for word, spelled in zip(tried, known, strict=True)}
        for word in tried:
            if word not in self._spelled:
                self._spelled[word] = tuple(known_spellings(self._database, word))
        return {word: self._spelled[word] for word in tried}

    def _count(self, word: str, most: int) -> int:
        """Count the nodes with a word, up to ``most``."""
        found = "SELECT 1 FROM node_text WHERE node_text MATCH ? LIMIT ?"
        return int(self._database.execute(f"SELECT count(*) FROM ({found})", (expression([word]), most))[0][0])


def _limit(nodes: int) -> int:
    return round(min(max(COMMON_SHARE * nodes, FEW), BUDGET))


def _rarest(words: Sequence[str], exact: Mapping[str, int], limit: int) -> list[str]:
    # Of what is beyond the limit it does not matter how far.
    counts = {word: min(exact[word], limit + 1) for word in words}
    kept: set[str] = set()
    left = BUDGET
    for word in sorted(words, key=lambda word: counts[word]):
        left -= counts[word]
        if counts[word] <= limit and (left >= 0 or counts[word] <= FEW):
            kept.add(word)
    return [word for word in words if word in kept] or list(words)
