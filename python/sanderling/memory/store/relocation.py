"""Move a document to another address, with its nodes, vectors and edges. Its title and metadata may change.

Only in a writing transaction. The document gets a new key, as a changed one does: whoever holds titles by key then
reads the new one. No words of a note are deleted, but an old title may be, so its erasure falls due.
"""

from __future__ import annotations

import msgspec

from ...records import NodeMetadata
from ...text.searched import beside
from . import erasure
from .store import Store
from .words import outdate
from .writer import StoredDocument, Writer


def relocate(
    store: Store,
    writer: Writer,
    old: StoredDocument,
    *,
    uri: str,
    title: str,
    content_hash: str,
    metadata: NodeMetadata,
) -> StoredDocument:
    """Move the document ``old`` to the address ``uri``; return the moved document.

    Its nodes get ``title`` and ``metadata``, an empty timestamp keeps theirs. Names beside the title and links are
    dropped, to be added anew. Raises ValueError for a ``uri`` that is in the memory already.
    """
    execute = store.database.execute
    if execute("SELECT 1 FROM document WHERE uri = ?", (uri,)):
        raise ValueError(f"{uri} is already in the memory")
    key = store.database.insert(
        "INSERT INTO document(uri, title, content_hash, ingested_at, node_count) VALUES(?, ?, ?, ?, ?)",
        (uri, title, content_hash, old.ingested_at, old.node_count),
    )
    tags = msgspec.json.encode(metadata.tags).decode()
    execute(
        "UPDATE node SET document = ?, timestamp = CASE ? WHEN '' THEN timestamp ELSE ? END, tags = ?, language = ?, "
        "domain = ?, version = ?, score = ?, dated = ? WHERE document = ?",
        (
            *(key, metadata.timestamp, metadata.timestamp, tags, metadata.language),
            *(metadata.domain, metadata.version, metadata.score, metadata.dated, old.key),
        ),
    )
    # Apart, since it rewrites the full-text entries.
    other = "document = ? AND (title <> ? OR names <> ?)"
    if execute(f"SELECT 1 FROM node WHERE {other} LIMIT 1", (key, title, metadata.names)):
        store.database.run_many(
            "UPDATE node SET title = ?, names = ?, beside = ? WHERE key = ?",
            [
                (title, metadata.names, beside(title, text, metadata.names), node)
                for node, text in execute("SELECT key, text FROM node WHERE document = ?", (key,))
            ],
        )
        erasure.fall_due(store.database, writer.generation)
        outdate(store.database, writer.generation)
    of_nodes = "WHERE node IN (SELECT key FROM node WHERE document = ?)"
    execute(f"DELETE FROM name {of_nodes}", (key,))
    execute(f"DELETE FROM link {of_nodes}", (key,))
    execute("DELETE FROM document WHERE key = ?", (old.key,))
    return msgspec.structs.replace(old, key=key, uri=uri, title=title, content_hash=content_hash)


def links_of(store: Store, document: int) -> set[tuple[int, str]]:
    """Return (node, address) of each link in the texts of a document."""
    sql = "SELECT l.node, l.target FROM node n JOIN link l ON l.node = n.key WHERE n.document = ?"
    return {(node, target) for node, target in store.database.execute(sql, (document,))}
