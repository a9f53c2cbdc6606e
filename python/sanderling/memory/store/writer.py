"""Writes to a memory inside one transaction. :meth:`sanderling.memory.store.store.Store.write` opens it.

Triggers keep the full-text table and the change log, and foreign keys delete the rows that depend on a deleted one, so
nothing here does.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec
import numpy as np

from ...records import EdgeCreator, NodeMetadata, NodeSource, NodeType, Record, Vectors
from ...text.name_trie import Name
from ...text.searched import beside
from .database import Database
from .packed import Precision, pack_all
from .schema import RELATION_LIMIT, RELATIONS

_NO_WEIGHT = 2.0**-150
"""Largest weight that is zero as float32."""
_LARGEST_WEIGHT = float(np.finfo(np.float32).max)


def now() -> str:
    """Return the current time in UTC as ISO-8601, to the second."""
    return _moment(int(time.time()))


@lru_cache(maxsize=1)
def _moment(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()


_VARIANT = {f"{digit:x}": f"{digit & 3 | 8:x}" for digit in range(16)}


def new_id() -> str:
    """Return a random UUID (version 4). It takes a third of the time of ``uuid.uuid4``."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"


class StoredDocument(Record):
    """A document as stored in the memory."""

    key: int
    uri: str
    title: str
    content_hash: str
    ingested_at: str
    node_count: int


class Writer:
    """Writes to a memory in one open transaction."""

    def __init__(
        self, database: Database, dim: int, precision: Precision, generation: int, previous_generation: int
    ) -> None:
        """Write to ``database`` in its open writing transaction. Vectors must have ``dim`` components.

        They are kept in ``precision``.
        """
        self._database = database
        self._dim = dim
        self._precision = precision
        self._relations: dict[str, int] = {}
        self.generation = generation
        self.previous_generation = previous_generation
        self.linked: set[int] = set()
        """Nodes at either end of an added edge, trimmed to the degree budget at the end of the transaction."""
        self.chunks: dict[int, tuple[str, int]] = {}
        """Text and document of each node that was added to a document in this transaction."""

    def add_document(
        self,
        uri: str,
        title: str,
        content_hash: str,
        texts: Sequence[str],
        vectors: Vectors,
        *,
        source: NodeSource = "kb",
        metadata: NodeMetadata | None = None,
        names: str | None = None,
        dated: str | None = None,
    ) -> tuple[StoredDocument, list[int]]:
        """Add a document with a node for each of ``texts``; return the document and its nodes' keys.

        ``vectors`` float32[texts, dim]. ``metadata`` is given to every node; None: only a timestamp. An empty timestamp
        becomes the current time. ``names`` and ``dated`` replace those of ``metadata``; None: they do not. Raises
        ValueError for vectors that do not fit, and for a ``uri`` that is in the memory already.
        """
        if len(vectors) != len(texts):
            raise ValueError(f"{len(texts)} texts, but {len(vectors)} vectors")
        timestamp = now()
        try:
            document = self._database.insert(
                "INSERT INTO document(uri, title, content_hash, ingested_at, node_count) VALUES(?, ?, ?, ?, ?)",
                (uri, title, content_hash, timestamp, len(texts)),
            )
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_UNIQUE:
                raise
            raise ValueError(f"{uri} is already in the memory") from error
        metadata = metadata or NodeMetadata()
        metadata = msgspec.structs.replace(
            metadata,
            timestamp=metadata.timestamp or timestamp,
            names=metadata.names if names is None else names,
            dated=metadata.dated if dated is None else dated,
        )
        blobs = self._blobs(vectors)
        keys = [
            self._add_node(text, blob, "doc", source, title, metadata, document, position, new_id())
            for position, (text, blob) in enumerate(zip(texts, blobs, strict=True))
        ]
        stored = StoredDocument(
            key=document,
            uri=uri,
            title=title,
            content_hash=content_hash,
            ingested_at=timestamp,
            node_count=len(texts),
        )
        return stored, keys

    def delete_document(self, document: int) -> None:
        """Delete a document with its nodes and all their edges."""
        self._database.execute("DELETE FROM document WHERE key = ?", (document,))

    def add_node(
        self,
        text: str,
        vector: Vectors,
        *,
        type: NodeType = "doc",
        source: NodeSource = "kb",
        title: str = "",
        metadata: NodeMetadata | None = None,
        document: int | None = None,
        position: int = 0,
        id: str | None = None,
    ) -> int:
        """Add a node with its ``vector``, float32[dim]; return the node's key.

        ``id`` None: a new UUID. ``metadata`` None: only a timestamp. An empty timestamp becomes the current time.
        ``document`` None: the node belongs to none. Raises ValueError for a vector of another shape, not finite, or
        all zero.
        """
        blob = self._blobs(vector[np.newaxis])[0]
        return self._add_node(
            text, blob, type, source, title, metadata or NodeMetadata(), document, position, id or new_id()
        )

    def _add_node(
        self,
        text: str,
        blob: bytes,
        type: NodeType,
        source: NodeSource,
        title: str,
        metadata: NodeMetadata,
        document: int | None,
        position: int,
        id: str,
    ) -> int:
        timestamp = metadata.timestamp or now()
        tags = msgspec.json.encode(metadata.tags).decode()
        key = self._database.insert(
            "INSERT INTO node(id, text, title, type, source, document, position, "
            "timestamp, tags, language, domain, version, score, names, dated, beside) "
            "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(id, text, title, type, source, document, position),
                *(timestamp, tags, metadata.language, metadata.domain, metadata.version, metadata.score),
                *(metadata.names, metadata.dated, beside(title, text, metadata.names)),
            ),
        )
        self._database.execute("INSERT INTO vector(node, value) VALUES(?, ?)", (key, blob))
        if document is not None:
            self.chunks[key] = text, document
        return key

    def delete_nodes(self, keys: Iterable[int]) -> None:
        """Delete nodes without a document, and their edges. Other and unknown keys are ignored."""
        self._database.run_many("DELETE FROM node WHERE key = ? AND document IS NULL", [(int(key),) for key in keys])

    def add_edges(
        self,
        rel: str,
        edges: Iterable[tuple[int, int, float]],
        *,
        created_by: EdgeCreator = "agent",
        confidence: float = 1.0,
    ) -> None:
        """Add edges (src, dst, weight) of relation ``rel``, or change their weights.

        Edges at deleted nodes are left out. At the end of the transaction the weakest edges of a node that has too many
        are dropped (``degree.py``). Raises ValueError for a weight that is not a positive float32, the type in the
        index, and for a new relation when there is no number left.
        """
        relation, timestamp = self.relation(rel), now()
        rows: list[tuple[object, ...]] = []
        for src, dst, weight in edges:
            if not _NO_WEIGHT < weight <= _LARGEST_WEIGHT:
                raise ValueError(f"edge {src} -> {dst}: weight {weight} is not a positive float32")
            ends = int(src), int(dst)
            rows.append((new_id(), *ends, relation, float(weight), timestamp, created_by, confidence))
            self.linked.update(ends)
        self._database.run_many(
            "INSERT INTO edge(id, src, dst, rel, weight, timestamp, created_by, confidence) "
            "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS(SELECT 1 FROM node WHERE key = ?2) "
            "AND EXISTS(SELECT 1 FROM node WHERE key = ?3) "
            "ON CONFLICT(src, dst, rel) DO UPDATE SET weight = excluded.weight, timestamp = excluded.timestamp, "
            "created_by = excluded.created_by, confidence = excluded.confidence",
            rows,
        )

    def delete_edges(self, rel: str, pairs: Iterable[tuple[int, int]]) -> None:
        """Delete the edges (src, dst) of relation ``rel``. Unknown edges are ignored."""
        relation = self.relation(rel)
        self._database.run_many(
            "DELETE FROM edge WHERE src = ? AND dst = ? AND rel = ?",
            [(int(src), int(dst), relation) for src, dst in pairs],
        )

    def add_links(self, links: Iterable[tuple[int, str]]) -> None:
        """Store the pairs (node, address) in ``links``, except pairs stored already."""
        self._database.run_many("INSERT INTO link(node, target) VALUES(?, ?) ON CONFLICT DO NOTHING", list(links))

    def add_names(self, names: Iterable[tuple[int, Name]]) -> None:
        """Store the pairs (node, name) in ``names``, except pairs stored already."""
        rows: list[tuple[object, ...]] = [(node, int(name.heading), name.text) for node, name in names]
        self._database.run_many("INSERT INTO name(node, heading, text) VALUES(?, ?, ?) ON CONFLICT DO NOTHING", rows)

    def add_entities(self, entities: Iterable[tuple[int, str]]) -> None:
        """Store the pairs (node, entity) in ``entities``, except pairs stored already."""
        rows: list[tuple[object, ...]] = [(node, text) for node, text in entities]
        self._database.run_many("INSERT INTO entity(node, text) VALUES(?, ?) ON CONFLICT DO NOTHING", rows)

    def relation(self, name: str) -> int:
        """Return the number of the relation ``name``, adding the relation if it is new.

        Raises ValueError for an empty name, and if there is no number left.
        """
        if name in self._relations:
            return self._relations[name]
        if name in RELATIONS:
            return self._relations.setdefault(name, RELATIONS[name])
        known = self._database.execute("SELECT id FROM relation WHERE name = ?", (name,))
        if known:
            return self._relations.setdefault(name, int(known[0][0]))
        if not name:
            raise ValueError("a relation needs a name")
        free = int(self._database.execute("SELECT max(id) + 1 FROM relation")[0][0])
        if free >= RELATION_LIMIT:
            raise ValueError(f"no room for relation {name}: a memory holds at most {RELATION_LIMIT}")
        return self._database.insert("INSERT INTO relation(id, name) VALUES(?, ?)", (free, name))

    def _blobs(self, vectors: Vectors) -> list[bytes]:
        if vectors.shape[1:] != (self._dim,):
            raise ValueError(f"expected vectors of shape ({self._dim},), got {vectors.shape[1:]}")
        return pack_all(vectors, self._precision, check=True)
