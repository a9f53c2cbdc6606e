"""Drop query terms that are too common to be worth a full-text lookup.

A full-text query of a whole question spends its time on words such as ``the`` and ``of``, because SQLite scores every
node that has any of the words. Words that many nodes have hardly change the order (the idf of BM25 is 0 for a word in
half of the nodes), so they are dropped; of the others the rarest are kept, as many as can be scored in a few
milliseconds. On four sets of questions over 296 to 3,529 nodes, dropping the words that more than 15 per cent of the
nodes have changed the R@5 of BM25 by at most .010, mostly by less than .005, at a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Sequence

from .database import Database
from .lookup import expression, known_spellings

COMMON_SHARE = 0.15
FEW = 256
"""A word of at most this many nodes is always looked up."""
BUDGET = 1500
"""Nodes scored for one question, each counted once for every word it has: 1.5 to 2 ms.

Over the 9,425 nodes of four sets together, 4000 takes 3.1 to 3.8 ms. With 1500 the R@5 of BM25 is .010 lower on
HotpotQA, .003 lower on 2WikiMultihopQA and .030 higher on MuSiQue, that of hybrid search within .002 on all three;
1000 loses .020 of BM25 on HotpotQA."""
MOST_MISSPELLED = 3
"""Words of one question that are looked up in other spellings, which takes some milliseconds each."""
KEPT = 10_000
"""Words whose counts are cached; beyond this the cache is cleared."""


class CommonTerms:
    """Finds words that are rare enough to look up; caches how many nodes have a word.

    Usable from several threads, which at worst count twice.
    """

    def __init__(self, database: Database) -> None:
        """Start with an empty cache."""
        self._database = database
        self._newest = 0
        self._limit = FEW
        self._counts: dict[str, int] = {}
        self._spelled: dict[str, tuple[str, ...]] = {}

    def telling(self, words: Sequence[str]) -> list[str]:
        """Return the words that are rare enough to be looked up, in their order; all words if none is rare enough."""
        # Keys only grow, so the newest says cheaply how much has come since; what has gone is noticed with it.
        newest = self._database.execute("SELECT coalesce(max(key), 0) FROM node")[0][0]
        if newest > 1.1 * self._newest or len(self._counts) > KEPT:
            nodes = self._database.execute("SELECT count(*) FROM node")[0][0]
            self._newest, self._counts, self._spelled = newest, {}, {}
            self._limit = round(min(max(COMMON_SHARE * nodes, FEW), BUDGET))
        counts, limit = self._counts, self._limit
        for word in words:
            if word not in counts:
                counts[word] = self._count(word, limit + 1)
        kept: set[str] = set()
        left = BUDGET
        for word in sorted(words, key=lambda word: counts[word]):
            left -= counts[word]
            if counts[word] <= limit and (left >= 0 or counts[word] <= FEW):
                kept.add(word)
        return [word for word in words if word in kept] or list(words)

    def spelled(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the spellings to look up for each word: itself and, if no node has it, known words one edit away.

        Beyond :data:`MOST_MISSPELLED` such words no other spellings are tried.
        """
        unknown = [word for word in words if not self._count(word, 1)][:MOST_MISSPELLED]
        for word in unknown:
            if word not in self._spelled:
                self._spelled[word] = (word, *known_spellings(self._database, word))
        return [self._spelled[word] if word in unknown else (word,) for word in words]

    def _count(self, word: str, most: int) -> int:
        """Count the nodes that have a word, and stop counting at ``most``."""
        found = "SELECT 1 FROM node_text WHERE node_text MATCH ? LIMIT ?"
        return int(self._database.execute(f"SELECT count(*) FROM ({found})", (expression([word]), most))[0][0])
