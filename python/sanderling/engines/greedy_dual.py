"""GreedyDual-Size: evict the entry that is cheapest to rebuild for the room it takes.

Cao and Irani, "Cost-Aware WWW Proxy Caching Algorithms", USENIX 1997, section 4: an entry is worth
``floor + cost / size``. The entry of least worth is evicted, and the floor rises to its worth. Costly entries therefore
stay longer, and entries no longer used sink below those that are, without a clock.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class GreedyDual(Generic[Key]):
    """Worth of each key. The entries themselves are held by the caller."""

    def __init__(self) -> None:
        self._floor = 0.0
        self._worth: dict[Key, float] = {}

    def use(self, key: Key, cost_ms: float, size_bytes: int) -> None:
        """Record that an entry was made or used; ``cost_ms`` is what rebuilding it would take."""
        self._worth.pop(key, None)  # reinserted at the end: among equals the least recently used goes first
        self._worth[key] = self._floor + cost_ms / max(1, size_bytes)

    def least(self) -> Key:
        """Return the key to evict next. Raises ValueError when there is none."""
        return min(self._worth, key=self._worth.__getitem__)

    def ranked(self) -> list[Key]:
        """Return all keys in order of eviction, the next to evict first."""
        return sorted(self._worth, key=self._worth.__getitem__)

    def evict(self, key: Key) -> None:
        """Remove a key that was evicted for want of room, and raise the floor to its worth."""
        self._floor = max(self._floor, self._worth.pop(key))

    def forget(self, key: Key) -> None:
        """Remove a key without raising the floor; unknown keys are ignored."""
        self._worth.pop(key, None)
