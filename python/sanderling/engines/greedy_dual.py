"""What to give up first, when bytes run out: the thing that is cheapest to have again for the room it takes.

GreedyDual-Size (Cao and Irani, "Cost-Aware WWW Proxy Caching Algorithms", USENIX 1997, section 4): a thing is worth
``floor + cost / size``; the least worth goes, and the floor rises to what it was worth. So a costly thing is kept
longer, and one that nobody asks for any more sinks below those that are used, without a clock.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class GreedyDual(Generic[Key]):
    """Worth by key. Holds no things, only what they are worth."""

    def __init__(self) -> None:
        self._floor = 0.0
        self._worth: dict[Key, float] = {}

    def use(self, key: Key, cost_ms: float, size_bytes: int) -> None:
        """Note that a thing was made or used: it costs ``cost_ms`` to have again."""
        self._worth.pop(key, None)  # put back at the end: among equals the one used longest ago goes first
        self._worth[key] = self._floor + cost_ms / max(1, size_bytes)

    def least(self) -> Key:
        """Return the key that should go first. Raises ValueError when there is none."""
        return min(self._worth, key=self._worth.__getitem__)

    def ranked(self) -> list[Key]:
        """Return all keys, the one that should go first at the beginning."""
        return sorted(self._worth, key=self._worth.__getitem__)

    def evict(self, key: Key) -> None:
        """Note that a thing had to go for want of room."""
        self._floor = max(self._floor, self._worth.pop(key))

    def forget(self, key: Key) -> None:
        """Note that a thing is gone for another reason; unknown keys are none."""
        self._worth.pop(key, None)
