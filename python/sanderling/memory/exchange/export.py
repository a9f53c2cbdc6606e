"""Write a memory as lines: a head, documents with their nodes, other nodes, edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..store.exchange import edges_by_id, links_of, loose_keys, names_of, stored_documents
from ..store.nodes import vectors as vectors_of
from ..store.store import Store
from .lines import FORMAT, DocumentLine, EdgeLine, HeadLine, Line, NodeLine, encode

NODES_AT_ONCE = 256


def exported(store: Store, *, vectors: bool = False) -> Iterator[bytes]:
    """Yield the lines of a memory, all from one transaction.

    ``vectors``: with the vector of each node, so that a memory with the same embedder need not embed the texts again.
    """
    with store.read():
        yield encode(HeadLine(format=FORMAT, embedder=store.embedder_id, dim=store.dim))
        for document in stored_documents(store):
            yield encode(
                DocumentLine(
                    uri=document.uri,
                    title=document.title,
                    content_hash=document.content_hash,
                    ingested_at=document.ingested_at,
                )
            )
            yield from map(encode, _nodes(store, store.document_nodes(document.key), vectors))
        yield from map(encode, _nodes(store, loose_keys(store), vectors))
        for id_, src, dst, rel, weight, metadata in edges_by_id(store):
            yield encode(EdgeLine(id=id_, src=src, dst=dst, rel=rel, weight=weight, metadata=metadata))


def _nodes(store: Store, keys: Sequence[int], vectors: bool) -> Iterator[Line]:
    for first in range(0, len(keys), NODES_AT_ONCE):
        part = keys[first : first + NODES_AT_ONCE]
        names, links = names_of(store, part), links_of(store, part)
        held = vectors_of(store, part) if vectors else {}
        for node in store.nodes(part):
            aliases, headings = names.get(node.key, ((), ()))
            yield NodeLine(
                id=node.id,
                text=node.text,
                type=node.type,
                source=node.source,
                title=node.title,
                document=node.uri,
                metadata=node.metadata,
                aliases=aliases,
                headings=headings,
                links=links.get(node.key, ()),
                vector=held[node.key].tobytes() if node.key in held else b"",
            )
