"""Read nodes, edges and documents from their tables as records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ...records import Edge, EdgeMetadata, Node, NodeMetadata
from .database import Database
from .writer import StoredDocument

# SQLite takes 32,766 bound values in one statement; stay far below.
KEYS_PER_QUERY = 1000

_NODE = """
SELECT n.key, n.id, n.text, n.type, n.source, n.title, coalesce(d.uri, ''), n.position,
       n.timestamp, n.tags, n.language, n.domain, n.version, n.score, n.names, n.dated
FROM node n LEFT JOIN document d ON d.key = n.document
"""
_EDGE = """
SELECT e.id, e.src, e.dst, r.name, e.weight, e.timestamp, e.created_by, e.confidence
FROM edge e JOIN relation r ON r.id = e.rel WHERE e.src = ? ORDER BY e.rel, e.dst
"""


def nodes(database: Database, keys: Iterable[int]) -> list[Node]:
    """Read the nodes ``keys`` in the order of ``keys``, skipping unknown keys."""
    wanted = [int(key) for key in keys]
    found: dict[int, Node] = {}
    for start in range(0, len(wanted), KEYS_PER_QUERY):
        part = wanted[start : start + KEYS_PER_QUERY]
        sql = f"{_NODE} WHERE n.key IN ({','.join('?' * len(part))})"
        found.update((row[0], _node(row)) for row in database.execute(sql, tuple(part)))
    return [found[key] for key in wanted if key in found]


def edges(database: Database, src: int) -> list[Edge]:
    """Read the edges from ``src``, ordered by relation and target."""
    return [
        Edge(
            id=id_,
            src=src_,
            dst=dst,
            rel=rel,
            weight=weight,
            metadata=EdgeMetadata(timestamp=timestamp, created_by=created_by, confidence=confidence),
        )
        for id_, src_, dst, rel, weight, timestamp, created_by, confidence in database.execute(_EDGE, (src,))
    ]


def documents(database: Database, where: str, values: tuple[object, ...] = ()) -> Iterator[StoredDocument]:
    """Yield the documents selected by the SQL clause ``where`` with the bound ``values``."""
    fields = StoredDocument.__struct_fields__
    for row in database.execute(f"SELECT {', '.join(fields)} FROM document {where}", values):
        yield StoredDocument(**dict(zip(fields, row, strict=True)))


def _node(row: tuple[Any, ...]) -> Node:
    key, id_, text, type_, source, title, uri, position, *metadata = row
    timestamp, tags, language, domain, version, score, names, dated = metadata
    return Node(
        key=key,
        id=id_,
        text=text,
        type=type_,
        source=source,
        title=title,
        uri=uri,
        position=position,
        metadata=NodeMetadata(
            timestamp=timestamp,
            tags=msgspec.json.decode(tags, type=tuple[str, ...]),
            language=language,
            domain=domain,
            version=version,
            score=score,
            names=names,
            dated=dated,
        ),
    )
