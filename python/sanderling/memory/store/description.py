"""Describe what a memory stores about a document: row, aliases, nodes and outgoing edges.

A node without a document (an answer written back, a summary) is described as a document of one node without address.
"""

from __future__ import annotations

from ...records import Node, Record
from .store import Store

_ENTRIES = """
SELECT d.title, d.uri, coalesce(f.id, ''), coalesce(f.timestamp, ''), d.ingested_at, d.node_count, coalesce(c.edges, 0)
FROM document d
LEFT JOIN node f ON f.document = d.key AND f.position = 0
LEFT JOIN (
    SELECT n.document AS document, count(*) AS edges FROM edge e JOIN node n ON n.key = e.src GROUP BY n.document
) c ON c.document = d.key
ORDER BY d.key
"""
_LOOSE = """
SELECT n.title, '', n.id, n.timestamp, '', 1, (SELECT count(*) FROM edge WHERE src = n.key)
FROM node n WHERE n.document IS NULL ORDER BY n.key
"""
_SAME_TEXT = "SELECT id FROM node WHERE document IS NULL AND type = 'memory' AND text = ? ORDER BY key LIMIT 1"
_EDGES = """
SELECT r.name, e.weight, e.confidence, e.created_by, t.id, t.title, coalesce(d.uri, '')
FROM edge e JOIN relation r ON r.id = e.rel JOIN node t ON t.key = e.dst LEFT JOIN document d ON d.key = t.document
WHERE e.src = ? ORDER BY e.rel, e.dst
"""
_ALIASES = """
SELECT DISTINCT a.text FROM name a JOIN node n ON n.key = a.node WHERE n.document = ? AND a.heading = 0 ORDER BY a.text
"""
_LAST_CHARACTER = "\U0010ffff"


class Entry(Record):
    """One entry in the list of all documents."""

    title: str
    uri: str
    """Address of the document; empty for a node without one."""
    id: str
    """Id of the first node."""
    date: str
    ingested_at: str
    """Time of the ingest; empty for a node without a document."""
    nodes: int
    edges: int
    """Number of edges that leave these nodes."""


class EdgeDescription(Record):
    """An outgoing edge, and its target node."""

    relation: str
    weight: float
    confidence: float
    created_by: str
    id: str
    """Id of the target node; ``title`` and ``uri`` are that node's too."""
    title: str
    uri: str


class NodeDescription(Record):
    """A node, and its outgoing edges."""

    id: str
    type: str
    source: str
    position: int
    """Position in the document, from 0."""
    text: str
    edges: tuple[EdgeDescription, ...]


class Description(Record):
    """A document with its nodes, in reading order."""

    title: str
    uri: str
    aliases: tuple[str, ...]
    date: str
    tags: tuple[str, ...]
    language: str
    domain: str
    version: str
    ingested_at: str
    node_count: int
    """Number of the document's nodes; ``nodes`` may have only one of them."""
    nodes: tuple[NodeDescription, ...]


def entries(store: Store) -> list[Entry]:
    """Return all documents in order of ingest, then all nodes without a document."""
    with store.read():
        rows = [*store.database.execute(_ENTRIES), *store.database.execute(_LOOSE)]
    return [Entry(**dict(zip(Entry.__struct_fields__, row, strict=True))) for row in rows]


def describe_document(store: Store, uri: str) -> Description | None:
    """Describe the document at ``uri``; return None if there is no such document."""
    with store.read():
        document = store.document(uri)
        return _describe(store, uri, store.nodes(store.document_nodes(document.key))) if document else None


def describe_node(store: Store, id: str) -> Description | None:
    """Describe the node ``id`` and its document, but not the document's other nodes.

    None if there is no such node.
    """
    with store.read():
        nodes = store.nodes(keys_of(store, id))
        return _describe(store, nodes[0].uri, nodes) if nodes else None


def keys_of(store: Store, id: str) -> list[int]:
    """Return a list with the key of the node ``id``; an empty list if there is no such node."""
    return [key for (key,) in store.database.execute("SELECT key FROM node WHERE id = ?", (id,))]


def ids_from(store: Store, prefix: str, limit: int) -> list[str]:
    """Return at most ``limit`` node ids that begin with ``prefix``, in alphabetical order."""
    sql = "SELECT id FROM node WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
    return [row[0] for row in store.database.execute(sql, (prefix, prefix + _LAST_CHARACTER, limit))]


def _describe(store: Store, uri: str, nodes: list[Node]) -> Description:
    document = store.document(uri) if uri else None
    first = nodes[0].metadata if nodes else None
    return Description(
        title=document.title if document else nodes[0].title,
        uri=uri,
        aliases=tuple(row[0] for row in store.database.execute(_ALIASES, (document.key,))) if document else (),
        date=first.timestamp if first else "",
        tags=first.tags if first else (),
        language=first.language if first else "",
        domain=first.domain if first else "",
        version=first.version if first else "",
        ingested_at=document.ingested_at if document else "",
        node_count=document.node_count if document else len(nodes),
        nodes=tuple(
            NodeDescription(
                id=node.id,
                type=node.type,
                source=node.source,
                position=node.position,
                text=node.text,
                edges=tuple(
                    EdgeDescription(**dict(zip(EdgeDescription.__struct_fields__, row, strict=True)))
                    for row in store.database.execute(_EDGES, (node.key,))
                ),
            )
            for node in nodes
        ),
    )


def loose_id(store: Store, text: str) -> str | None:
    """Return the id of the oldest node with exactly ``text`` and no document, or None."""
    with store.read():
        return next((str(id) for (id,) in store.database.execute(_SAME_TEXT, (text,))), None)
