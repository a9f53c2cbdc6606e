"""Merge duplicate nodes written by agents. They are found by their vectors and compared by their words.

Only nodes without a document are merged: a chunk of a file is a source, and would be back when the file is read again.
The older node stays, with its id and text, and takes over all edges of the newer. Where both had an edge the heavier
weight counts, so the notes that either was made from are still cited.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ...records import Record, SearchParams
from ...text.near_duplicates import adds_nothing, fingerprint
from ..index import MemoryIndex
from ..store.database import Database
from ..store.degree import trim
from ..store.loose_nodes import LooseNode, absorb, loose_keys, loose_node, loose_vectors
from ..store.packed import unpack
from ..store.store import Store

NEIGHBOURS = 16
"""Number of nearest nodes compared with each node. Merging more copies than that takes several tidyings."""


class Merged(Record):
    """Two nodes merged into one."""

    kept: str
    """UUID of the node that stays."""
    gone: str
    """UUID of the node that was deleted."""
    text: str
    """First 80 characters of the kept text."""


def candidates(store: Store) -> list[tuple[int, int]]:
    """Return pairs (older key, newer key) of near neighbours that have no document, sorted."""
    known = set(loose_keys(store))
    if len(known) < 2:
        return []
    # Outside the read below: it may save a snapshot, which writes.
    index = MemoryIndex(store)
    with store.read():
        pairs: set[tuple[int, int]] = set()
        for key, value in loose_vectors(store):
            vector = unpack(value, store.dim)
            near = index.search(vector, SearchParams(k=NEIGHBOURS, ef_search=4 * NEIGHBOURS)).keys.tolist()
            pairs.update((min(key, other), max(key, other)) for other in near if other in known and other != key)
    return sorted(pairs)


def merge(database: Database, pairs: Iterable[tuple[int, int]]) -> list[Merged]:
    """Merge the two nodes of each pair (older key, newer key) if they say the same.

    Nodes that differ in type, source, title or domain stay apart, since a filter can select one of them. Call inside a
    writing transaction.
    """
    merged = []
    linked: set[int] = set()
    for older, newer in pairs:
        # Read again for each pair: an earlier one may have removed either.
        kept, gone = loose_node(database, older), loose_node(database, newer)
        if kept is None or gone is None or not _say_the_same(kept, gone):
            continue
        tags = list(dict.fromkeys(msgspec.json.decode(kept.tags) + msgspec.json.decode(gone.tags)))
        absorb(
            database,
            older,
            newer,
            tags=msgspec.json.encode(tags).decode(),
            timestamp=max(kept.timestamp, gone.timestamp),
            score=max(kept.score, gone.score),
        )
        linked.add(older)
        merged.append(Merged(kept=kept.id, gone=gone.id, text=kept.text[:80]))
    trim(database, linked)
    return merged


def _say_the_same(kept: LooseNode, gone: LooseNode) -> bool:
    one, other = fingerprint(kept.text), fingerprint(gone.text)
    return kept.kind == gone.kind and adds_nothing(one, other) and adds_nothing(other, one)
