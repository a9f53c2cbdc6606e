"""States of prompts that are not in the context now: another conversation's, or a system prompt to begin from.

Equal prefixes meet in one entry (:mod:`.prefix_entry`). The budget is in bytes; what is least worth its room goes
first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .greedy_dual import GreedyDual
from .prefix_disk import PrefixDiskCache
from .prefix_entry import Entry, key_of


class PrefixCache:
    """Entries within a budget."""

    def __init__(self, identity: str, budget_bytes: int, disk: PrefixDiskCache | None = None) -> None:
        """``identity``: what a state depends on besides its ids. ``disk`` None: nothing is written to disk."""
        self._identity, self._budget_bytes, self._disk = identity, budget_bytes, disk
        self._entries: dict[str, Entry] = {}
        self._order: GreedyDual[str] = GreedyDual()
        self.size_bytes = 0

    def takes(self, size_bytes: int, *, shared: bool) -> bool:
        """Whether an entry of that size would be kept anywhere, so that it need not be made in vain."""
        on_disk = shared and self._disk is not None and size_bytes <= self._disk.budget_bytes
        return size_bytes <= self._budget_bytes or on_disk

    def put(self, entry: Entry) -> None:
        """Keep an entry, giving up others for it; one that exceeds the budget by itself is not kept in memory."""
        key = key_of(self._identity, entry.ids)
        self.remove(entry)
        if entry.shared and self._disk is not None:
            self._disk.save(key, entry)
        if entry.size_bytes > self._budget_bytes:
            return
        while self.size_bytes + entry.size_bytes > self._budget_bytes:
            least = self._order.least()
            self._order.evict(least)
            self.size_bytes -= self._entries.pop(least).size_bytes
        self._entries[key] = entry
        self._order.use(key, entry.cost_ms, entry.size_bytes)
        self.size_bytes += entry.size_bytes

    def has(self, ids: Sequence[int]) -> bool:
        """Whether this very prefix is in memory."""
        return key_of(self._identity, ids) in self._entries

    def find(self, prompt: Sequence[int], reach: Callable[[Entry], int], more_than: int) -> tuple[Entry, int] | None:
        """Return the entry that spares most of ``prompt`` and how many tokens, if that is more than ``more_than``.

        ``reach`` says how many tokens of the prompt an entry can stand for. Disk is looked at when memory has nothing.
        """
        best: tuple[Entry, int] | None = None
        for entry in self._entries.values():
            length = reach(entry)
            if length > more_than:
                best, more_than = (entry, length), length
        if best is None and self._disk is not None:
            lengths = [length for length in self._disk.lengths() if more_than < length < len(prompt)]
            for length in sorted(lengths, reverse=True):
                entry_read = self._disk.load(key_of(self._identity, prompt[:length]), tuple(prompt[:length]))
                if entry_read is not None:
                    self.put(entry_read)
                    return entry_read, length
        if best is not None:
            found = best[0]
            self._order.use(key_of(self._identity, found.ids), found.cost_ms, found.size_bytes)
        return best

    def remove(self, entry: Entry) -> None:
        """Leave an entry out of memory; nothing happens if it is not there."""
        key = key_of(self._identity, entry.ids)
        found = self._entries.pop(key, None)
        if found is not None:
            self._order.forget(key)
            self.size_bytes -= found.size_bytes
