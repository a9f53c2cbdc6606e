"""A queue that serves clients in turn, one item each."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Waiting items, grouped by client. Who asks much waits for himself; one client's items keep their order."""

    def __init__(self) -> None:
        """Start empty."""
        self._queues: dict[str, deque[T]] = {}

    def __len__(self) -> int:
        """Return the number of items."""
        return sum(map(len, self._queues.values()))

    def add(self, client: str, item: T) -> None:
        """Add an item at the end of its client's queue."""
        self._queues.setdefault(client, deque()).append(item)

    def order(self) -> list[T]:
        """Return all items in order of service."""
        return self.before(max(map(len, self._queues.values()), default=0))

    def before(self, rounds: int) -> list[T]:
        """Return the items served in the next ``rounds`` rounds, in order of service.

        A round serves one item of each client.
        """
        queues = [list(queue) for queue in self._queues.values()]
        return [queue[turn] for turn in range(rounds) for queue in queues if turn < len(queue)]

    def of(self, client: str) -> tuple[T, ...]:
        """Return one client's items, oldest first."""
        return tuple(self._queues.get(client, ()))

    def take(self) -> T | None:
        """Remove and return the next item, or None if nothing waits."""
        for client, queue in self._queues.items():
            item = queue[0]
            self.remove(client, item, served=True)
            return item
        return None

    def remove(self, client: str, item: T, *, served: bool = False) -> None:
        """Remove an item if it is present. ``served``: move its client to the end of the round."""
        queue = self._queues.get(client)
        if queue is None or item not in queue:
            return
        queue.remove(item)
        if served or not queue:
            del self._queues[client]
        if served and queue:
            self._queues[client] = queue
