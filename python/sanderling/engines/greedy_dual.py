"""Ranks a cache's entries by the time that each entry saves per byte.

The entries that save the least are evicted first. GreedyDual-Size (Cao and Irani, "Cost-Aware WWW Proxy Caching
Algorithms", USENIX 1997, section 4): an entry is worth ``floor + cost / size`` when it is used. The entry of least
worth is evicted, and the floor rises to its worth. Costly entries therefore stay longer, and unused ones fall behind
those in use, without a clock.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class GreedyDual(Generic[Key]):
    """The keys of a cache, ranked by worth. The caller keeps the entries themselves."""

    def __init__(self) -> None:
        self._floor = 0.0
        self._worth: dict[Key, float] = {}

    def use(self, key: Key, cost_ms: float, size_bytes: int) -> None:
        """Record that an entry was created or used. ``cost_ms``: time to create it again."""
        self._worth.pop(key, None)  # put back at the end: among equals the one used longest ago goes first
        self._worth[key] = self._floor + cost_ms / max(1, size_bytes)

    def least(self) -> Key:
        """Return the key to evict first. Raises ValueError when there is none."""
        return min(self._worth, key=self._worth.__getitem__)

    def ranked(self) -> list[Key]:
        """Return all keys in order of eviction."""
        return sorted(self._worth, key=self._worth.__getitem__)

    def evict(self, key: Key) -> None:
        """Remove the key of an evicted entry. Keys used afterwards are worth at least as much as that key."""
        self._floor = max(self._floor, self._worth.pop(key))

    def forget(self, key: Key) -> None:
        """Remove the key of an entry that was deleted without eviction. An unknown key is ignored."""
        self._worth.pop(key, None)
