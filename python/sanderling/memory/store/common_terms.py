"""Words of a question in, those worth looking up out.

A full-text query of whole questions spends its time on ``the`` and ``of``: each node that has any of the words is
scored. Words that a large share of the nodes have tell next to nothing (the idf of BM25 is 0 for those in half of
them), so they are not looked up; of the others the rarest, as many as
may be scored in a few milliseconds. On four sets of questions over 296 to 3,529 nodes leaving out what more than 15 per
cent of the nodes have moved the R@5 of BM25 by at most .010, mostly by less than .005, at a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Sequence

from .database import Database

COMMON_SHARE = 0.15
FEW = 256
"""Nodes with a word up to which it is always looked up: so few cost nothing."""
BUDGET = 1500
"""Nodes to be scored for one question, counted once for each of its words that they have: 1.5 to 2 ms.

Over the 9,425 nodes of four sets together 4000 takes 3.1 to 3.8 ms. With 1500 the R@5 of BM25 is .010 lower on
HotpotQA, .003 on 2WikiMultihopQA and .030 higher on MuSiQue, that of hybrid search within .002 on all; 1000 loses .020
of BM25 on HotpotQA."""
KEPT = 10_000
"""Words remembered; then forgotten all at once."""


class Terms:
    """What is known of the words of one memory's texts. Usable from several threads, which at worst look up twice."""

    def __init__(self, database: Database) -> None:
        """Begin knowing nothing."""
        self._database = database
        self._newest = 0
        self._limit = FEW
        self._counts: dict[str, int] = {}

    def telling(self, words: Sequence[str]) -> list[str]:
        """Return those of ``words`` that are worth their time, in their order; all, if all are too common."""
        # Keys only grow, so the newest says cheaply how much has come since; what has gone is noticed with it.
        newest = self._database.execute("SELECT coalesce(max(key), 0) FROM node")[0][0]
        if newest > 1.1 * self._newest or len(self._counts) > KEPT:
            nodes = self._database.execute("SELECT count(*) FROM node")[0][0]
            self._newest, self._counts = newest, {}
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

    def _count(self, word: str, most: int) -> int:
        """How many nodes have the word, counted no further than ``most``."""
        found = "SELECT 1 FROM node_text WHERE node_text MATCH ? LIMIT ?"
        return int(self._database.execute(f"SELECT count(*) FROM ({found})", (f'"{word}"', most))[0][0])
