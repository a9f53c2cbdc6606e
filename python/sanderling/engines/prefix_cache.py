"""A RAM cache of sequence states, keyed by prompt prefix.

It serves system prompts, and conversations that are not in the context. Equal prefixes share one entry
(:mod:`sanderling.engines.prefix_entry`). The budget is in bytes; the entry of least worth is evicted first
(:mod:`sanderling.engines.greedy_dual`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from .greedy_dual import GreedyDual
from .prefix_disk import PrefixDiskCache
from .prefix_entry import Entry, key_of


class PrefixCache:
    """Sequence states within a budget of bytes, keyed by prompt prefix."""

    def __init__(self, identity: str, budget_bytes: int, disk: PrefixDiskCache | None = None) -> None:
        """Create an empty cache.

        ``identity``: what a state depends on besides its ids. ``disk``: also keeps shared prefixes; None: RAM only.
        """
        self._identity, self._budget_bytes, self._disk = identity, budget_bytes, disk
        self._entries: dict[str, Entry] = {}
        self._order: GreedyDual[str] = GreedyDual()
        self.size_bytes = 0

    def takes(self, size_bytes: int, *, shared: bool) -> bool:
        """Return whether the cache would keep an entry of ``size_bytes``. In RAM, or on disk too if ``shared``."""
        on_disk = shared and self._disk is not None and size_bytes <= self._disk.budget_bytes
        return size_bytes <= self._budget_bytes or on_disk

    def put(self, entry: Entry, *, pinned: Collection[tuple[int, ...]] = (), private: bool = False) -> bool:
        """Store an entry, and return whether RAM holds it.

        ``private``: a shared entry is not written to disk either.
        Other entries are evicted to make room. The entry is not kept in RAM if it is larger than the budget, or
        together with the entries for ``pinned``, each the ids of one that must not be evicted.
        """
        key = key_of(self._identity, entry.ids)
        self.remove(entry)
        if entry.shared and not private and self._disk is not None:
            self._disk.save(key, entry)
        if entry.size_bytes > self._budget_bytes:
            return False
        held = {key_of(self._identity, ids) for ids in pinned}
        while self.size_bytes + entry.size_bytes > self._budget_bytes:
            ranked = self._order.ranked() if held else [self._order.least()]
            least = next((each for each in ranked if each not in held), None)
            if least is None:
                return False
            self._order.evict(least)
            self.size_bytes -= self._entries.pop(least).size_bytes
        self._entries[key] = entry
        self._order.use(key, entry.cost_ms, entry.size_bytes)
        self.size_bytes += entry.size_bytes
        return True

    def has(self, ids: Sequence[int]) -> bool:
        """Return whether RAM holds an entry for exactly these ids."""
        return key_of(self._identity, ids) in self._entries

    def get(self, ids: Sequence[int]) -> Entry | None:
        """Return the entry for exactly these ids, or None. It counts as a use. Only RAM is searched."""
        key = key_of(self._identity, ids)
        found = self._entries.get(key)
        if found is not None:
            self._order.use(key, found.cost_ms, found.size_bytes)
        return found

    def find(self, prompt: Sequence[int], reach: Callable[[Entry], int], more_than: int) -> tuple[Entry, int] | None:
        """Return the entry that covers the most tokens of ``prompt``, and the number of those tokens.

        Returns None if no entry covers more than ``more_than`` tokens. ``reach`` returns how many tokens of the prompt
        an entry covers. The disk is searched only if RAM has no entry.
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
        """Remove an entry from RAM if it is there."""
        key = key_of(self._identity, entry.ids)
        found = self._entries.pop(key, None)
        if found is not None:
            self._order.forget(key)
            self.size_bytes -= found.size_bytes
