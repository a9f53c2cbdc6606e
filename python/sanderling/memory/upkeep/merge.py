"""Nodes of agents that say the same: found by their vectors, compared by their words, made one.

Only nodes that belong to no document: a passage of a file is a source, and would be back when the file is read again.
The older node stays, with its id and its text. It takes over every edge, in and out, of which the heavier counts where
both had one; so the notes that either was made from are still cited.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from ...records import Record, SearchParams
from ...text.near_duplicates import adds_nothing, fingerprint
from ..index import MemoryIndex
from ..store.changes import BATCH
from ..store.database import Database
from ..store.degree import trim
from ..store.store import Store

NEIGHBOURS = 16
"""Nearest nodes that each is compared with: more copies than that are made one in several tidyings."""

_FREE = (
    "SELECT id, text, type, source, title, domain, tags, timestamp, score FROM node WHERE key = ? AND document IS NULL"
)


class Merged(Record):
    """Two nodes that were made one."""

    kept: str
    """UUID."""
    gone: str
    text: str
    """The beginning of what was said twice."""


def candidates(store: Store) -> list[tuple[int, int]]:
    """Return pairs (older, newer) of nodes without a document that are near each other, in order."""
    free = store.database.execute("SELECT key FROM node WHERE document IS NULL")
    if len(free) < 2:
        return []
    # Outside the read below: it may save a snapshot, which writes.
    index = MemoryIndex(store)
    known = {key for (key,) in free}
    with store.read():
        pairs: set[tuple[int, int]] = set()
        sql = "SELECT v.node, v.value FROM vector v JOIN node n ON n.key = v.node WHERE n.document IS NULL"
        for rows in store.database.batches(sql, (), BATCH):
            for key, value in rows:
                vector = np.frombuffer(value, dtype="<f4").astype(np.float32)
                near = index.search(vector, SearchParams(k=NEIGHBOURS, ef_search=4 * NEIGHBOURS)).keys.tolist()
                pairs.update((min(key, other), max(key, other)) for other in near if other in known and other != key)
    return sorted(pairs)


def merge(database: Database, pairs: Iterable[tuple[int, int]]) -> list[Merged]:
    """Make one of each pair that says the same both ways round. Only inside a writing transaction.

    ``pairs``: (older, newer). Nodes differing in type, source, title or domain stay apart, as a filter can ask for one
    of them.
    """
    merged = []
    linked: set[int] = set()
    for older, newer in pairs:
        # Read again for each pair: an earlier one may have removed either.
        rows = [database.execute(_FREE, (key,)) for key in (older, newer)]
        if not all(rows):
            continue
        (kept,), (gone,) = rows
        kept_id, kept_text, *kept_kind, kept_tags, kept_time, kept_score = kept
        gone_id, gone_text, *gone_kind, gone_tags, gone_time, gone_score = gone
        one, other = fingerprint(kept_text), fingerprint(gone_text)
        if kept_kind != gone_kind or not (adds_nothing(one, other) and adds_nothing(other, one)):
            continue
        tags = list(dict.fromkeys(msgspec.json.decode(kept_tags) + msgspec.json.decode(gone_tags)))
        database.execute(
            "UPDATE node SET tags = ?, timestamp = ?, score = ? WHERE key = ?",
            (msgspec.json.encode(tags).decode(), max(kept_time, gone_time), max(kept_score, gone_score), older),
        )
        _move_edges(database, newer, older)
        # What is left at the newer is an edge to the older itself.
        database.execute("DELETE FROM node WHERE key = ?", (newer,))
        linked.add(older)
        merged.append(Merged(kept=kept_id, gone=gone_id, text=kept_text[:80]))
    trim(database, linked)
    return merged


def _move_edges(database: Database, source: int, target: int) -> None:
    for end, far in (("src", "dst"), ("dst", "src")):
        database.execute(
            f"UPDATE edge SET weight = max(weight, (SELECT o.weight FROM edge o WHERE o.{end} = ?1 "
            f"AND o.{far} = edge.{far} AND o.rel = edge.rel)) "
            f"WHERE {end} = ?2 AND EXISTS (SELECT 1 FROM edge o WHERE o.{end} = ?1 AND o.{far} = edge.{far} "
            "AND o.rel = edge.rel)",
            (source, target),
        )
        database.execute(f"UPDATE OR IGNORE edge SET {end} = ?2 WHERE {end} = ?1 AND {far} <> ?2", (source, target))
