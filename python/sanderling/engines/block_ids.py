"""Marks the token ids of separately computed blocks.

No other prompt then has the same ids. A state depends on more than its tokens: those of a block were computed without
the blocks before it. Such ids are written as negative numbers, the first of each block as a smaller one still. Whoever
compares, keeps or looks up states by these ids can then never take the state of a prompt with other blocks, or with
none, for the right one.
"""

from __future__ import annotations

from collections.abc import Sequence

_FIRST = 1 << 24
"""Offset added to a block's first id, above any vocabulary's size."""


def written(ids: Sequence[int], start: int, ends: Sequence[int]) -> list[int]:
    """Return ``ids`` with the blocks' ids replaced by negative numbers.

    The first block begins at ``start``, each other one at the end before it; without ``ends`` nothing is replaced.
    """
    found = list(ids)
    for end in ends:
        found[start:end] = [~token for token in ids[start:end]]
        found[start] -= _FIRST
        start = end
    return found


def plain(ids: Sequence[int]) -> list[int]:
    """Return the original token ids: the inverse of :func:`written`."""
    return [token if token >= 0 else ~token % _FIRST for token in ids]
