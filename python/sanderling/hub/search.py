"""Searches on the hub itself.

For devices that hold only a part of its notes.
"""

from __future__ import annotations

import heapq

import msgspec
import numpy as np

from ..memory.store.packed import unpack_all
from ..records import Record, Vectors
from .tables import rows, vectors
from .tables.space import Space, snapshot
from .tables.vectors import Near
from .unit import Content, decoded


class Found(Record):
    """A node found on the hub."""

    title: str
    uri: str
    """Address of the node's document; "": none."""
    node_id: str
    text: str
    cosine: float


def search(space: Space, embedder: str, question: Vectors, k: int) -> list[Found]:
    """Find the ``k`` nodes on the hub that are nearest to ``question``.

    ``question``: float32[dim]. Only nodes with vectors of ``embedder`` are searched. By pgvector where the hub has it,
    else by reading all vectors; the nearest come first. Raises HubError.
    """
    name = f"{embedder} {len(question)}"
    with snapshot(space):
        find = vectors.nearest if space.pieces else scanned
        return _shown(space, find(space, name, question, k))


def scanned(space: Space, embedder: str, question: Vectors, k: int) -> list[Near]:
    """Find the ``k`` nearest nodes by comparing all vectors. ``embedder``: its id and dimension."""
    best: list[tuple[float, int, Near]] = []
    unit = question / np.linalg.norm(question)
    count = 0
    for key, packed in vectors.kept(space, embedder):
        found = unpack_all(msgspec.msgpack.decode(packed, type=list[bytes]), len(question))
        cosines = found @ unit / np.linalg.norm(found, axis=1)
        for position, cosine in enumerate(cosines.tolist()):
            count += 1
            each = (cosine, -count, Near(key, position, cosine))
            if len(best) < k:
                heapq.heappush(best, each)
            elif each > best[0]:
                heapq.heapreplace(best, each)
    return [near for _, _, near in sorted(best, reverse=True)]


def _shown(space: Space, near: list[Near]) -> list[Found]:
    content = {
        got.key: decoded(got.key.kind, got.payload, got.key.name)
        for got in rows.contents(space, list({each.key for each in near}))
    }
    found = []
    for each in near:
        unit = content.get(each.key)
        if isinstance(unit, Content) and each.position < len(unit.pieces):
            piece = unit.pieces[each.position]
            uri = each.key.name if each.key.kind == "document" else ""
            found.append(Found(title=piece.title, uri=uri, node_id=piece.id, text=piece.text, cosine=each.cosine))
    return found
