"""Write full-text queries for SQLite from the words of a question and from other spellings of these words."""

from __future__ import annotations

from collections.abc import Sequence

from ...text.searched import is_single
from ...text.spellings import spellings
from .database import Database

MOST_SPELLINGS = 8


def expression(words: Sequence[str]) -> str:
    """Return the full-text query for nodes with any of ``words``. There must be at least one.

    Words are those of :func:`sanderling.text.searched.words`. A single letter of a script without blanks between words
    finds all words that begin with it.
    """
    return " OR ".join(f'"{word}"*' if is_single(word) else f'"{word}"' for word in words)


def known_spellings(database: Database, word: str) -> list[str]:
    """Return at most 8 stored words that differ from ``word`` by one edit.

    All spellings are asked for at once, then halves of them as long as any is found.
    """
    found: list[str] = []
    waiting = [spellings(word)]
    while waiting and len(found) < MOST_SPELLINGS:
        tried = waiting.pop()
        if not tried or not _any(database, tried):
            continue
        if len(tried) == 1:
            found += tried
        else:
            half = len(tried) // 2
            waiting += [tried[half:], tried[:half]]
    return found


def _any(database: Database, words: Sequence[str]) -> bool:
    sql = "SELECT 1 FROM node_text WHERE node_text MATCH ? LIMIT 1"
    return bool(database.execute(sql, (expression(words),)))
