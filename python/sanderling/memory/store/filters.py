"""Find the nodes that match a Filter, as a KeySet that restricts index searches.

One query finds all keys, and they are cached until the memory changes: a conversation about one folder pays once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import msgspec
import numpy as np

from ..._core import KeySet
from ...filter import EVERYTHING, Filter
from ...records import Keys
from ...text.clean import clean, composed
from .store import Store

# Filters cached, enough for a conversation or two. At a million nodes each takes 8 MB.
KEPT = 8
_BATCH = 1 << 16
_ANY = "IN (SELECT value FROM json_each(?))"
# Notes share their lists of tags, and SQLite folds the case of ASCII alone: so the lists are chosen, not the tags.
_TAG_LISTS = "SELECT DISTINCT tags FROM node WHERE tags <> '[]'"


class Selections:
    """Caches the matching nodes of each recent filter of one store. Usable from several threads."""

    def __init__(self, store: Store) -> None:
        """Start with an empty cache."""
        self._store = store
        self._generation = -1
        self._kept: OrderedDict[Filter, KeySet] = OrderedDict()

    def allowed(self, wanted: Filter | None) -> KeySet | None:
        """Return the keys of the nodes that match ``wanted``; None (all nodes) without a filter."""
        if wanted is None or wanted == EVERYTHING:
            return None
        # A read holds the store's lock, which guards the cache as well.
        with self._store.read():
            generation = self._store.generation()
            if generation != self._generation:
                self._kept.clear()
                self._generation = generation
            if wanted not in self._kept:
                self._kept[wanted] = KeySet(matching(self._store, wanted))
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(wanted)
            return self._kept[wanted]


def matching(store: Store, wanted: Filter) -> Keys:
    """Return the keys of the nodes that match ``wanted``, unordered. Only inside ``store.read()``."""
    conditions = list(_conditions(wanted))
    if wanted.tags:
        conditions.append((f"n.tags {_ANY}", (msgspec.json.encode(_tagged(store, wanted.tags)).decode(),)))
    where = " AND ".join(f"({sql})" for sql, _ in conditions) or "1"
    values = tuple(value for _, given in conditions for value in given)
    parts = [
        np.fromiter((key for (key,) in rows), np.uint64, len(rows))
        for rows in store.database.batches(f"SELECT n.key FROM node n WHERE {where}", values, _BATCH)
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.uint64)


def _tagged(store: Store, wanted: tuple[str, ...]) -> list[str]:
    """Return the stored tag lists that match a tag of ``wanted`` or a tag below it, in any case.

    "garden" finds "Garden/Beds".
    """
    names = frozenset(_folded(tag.lstrip("#").rstrip("/")) for tag in wanted)
    below = tuple(f"{name}/" for name in names)
    return [
        text
        for (text,) in store.database.execute(_TAG_LISTS)
        if any((tag := _folded(each)) in names or tag.startswith(below) for each in _tags(text))
    ]


def _tags(text: str) -> list[str]:
    try:
        return msgspec.json.decode(text, type=list[str])
    except (msgspec.DecodeError, TypeError):  # a cell that `memory repair` mends
        return []


def _folded(tag: str) -> str:
    return composed(tag).casefold()


def _conditions(wanted: Filter) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield (SQL condition on ``node n``, values to bind) for each set field of ``wanted``.

    A list is bound as one value, since SQLite binds at most 32,766.
    """
    lists: tuple[tuple[str, tuple[object, ...] | None], ...] = (
        (f"n.type {_ANY}", wanted.types or None),
        (f"n.source {_ANY}", wanted.sources or None),
        (f"n.domain {_ANY}", wanted.domains or None),
        (f"n.language {_ANY}", wanted.languages or None),
        (f"n.key {_ANY}", wanted.keys),
    )
    for sql, values in lists:
        if values is not None:
            yield sql, (msgspec.json.encode(values).decode(),)
    # SQLite brings the times of notes written back, which may have any offset, into the same form.
    if wanted.since:
        yield "datetime(n.timestamp) >= datetime(?)", (wanted.first_second,)
    if wanted.until:
        yield "datetime(n.timestamp) <= datetime(?)", (wanted.last_second,)
    if wanted.under:
        # Cleaned as addresses are at ingest: file systems write accents in more than one way.
        below = [_below(clean(address).rstrip("/")) for address in wanted.under]
        addressed = " OR ".join(["uri = ?", "uri >= ? AND uri < ?", "uri >= ? AND uri < ?"] * len(below))
        sql = f"n.document IN (SELECT key FROM document WHERE {addressed})"
        yield sql, tuple(bound for bounds in below for bound in bounds)


def _below(address: str) -> tuple[str, ...]:
    """Return ``address``, and the bounds of the addresses below it.

    ``0`` and ``$`` are the characters after ``/`` and ``#``. Ranges, unlike LIKE, know no wildcards and use the index.
    """
    return (address, address + "/", address + "0", address + "#", address + "$")
