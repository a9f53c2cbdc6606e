"""The order in which a cache evicts entries: first those that save the least time per byte.

GreedyDual-Size (Cao and Irani, "Cost-Aware WWW Proxy Caching Algorithms", USENIX 1997, section 4): an entry is worth
``floor + cost / size`` when it is used. The entry of least worth is evicted, and the floor rises to its worth. Costly
entries therefore stay longer, and unused ones fall behind those in use, without a clock.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class GreedyDual(Generic[Key]):
    """The keys of a cache, ranked by worth; the caller keeps the entries themselves."""

    def __init__(self) -> None:
        self._floor = 0.0
        self._worth: dict[Key, float] = {}

    def use(self, key: Key, cost_ms: float, size_bytes: int) -> None:
        """Record that an entry was created or used; creating it again would take ``cost_ms``."""
        self._worth.pop(key, None)  # put back at the end: among equals the one used longest ago goes first
        self._worth[key] = self._floor + cost_ms / max(1, size_bytes)

    def least(self) -> Key:
        """Return the key to evict first. Raises ValueError when there is none."""
        return min(self._worth, key=self._worth.__getitem__)

    def ranked(self) -> list[Key]:
        """Return all keys in the order in which to evict them."""
        return sorted(self._worth, key=self._worth.__getitem__)

    def evict(self, key: Key) -> None:
        """Remove the key of an evicted entry; keys used afterwards are worth at least as much as that key."""
        self._floor = max(self._floor, self._worth.pop(key))

    def forget(self, key: Key) -> None:
        """Remove a key whose entry was dropped but not evicted; ignore an unknown key."""
        self._worth.pop(key, None)
