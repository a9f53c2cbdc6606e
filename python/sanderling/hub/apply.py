"""Writes units from the hub into the memory.

A few are linked one by one, as an ingest does it. Of many the rows are written in batches, and all edges drawn at the
end: until then a fact in the state file says that edges are due, so that an exchange that was killed is made up for.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np

from ..embedding.contract import embedded_head, embedded_text
from ..errors import HubError
from ..memory.link.entities import entities
from ..memory.link.link import Linker
from ..memory.link.redraw import redraw
from ..memory.memory import Memory
from ..memory.store.exchange import insert_document, keys_of
from ..memory.store.packed import unpack_all
from ..memory.store.units import delete_edge, made_edges, put_edge, rename_nodes
from ..memory.store.writer import StoredDocument, Writer
from ..records import NodeMetadata, Vectors
from ..text.name_trie import Name
from .unit import Content, MadeEdge, Piece, UnitKey

FEW = 64
"""Number of documents up to which each is linked by itself.

It is larger if the memory has eight times as many already.
"""


class Arrived(NamedTuple):
    """A document or note from the hub, to be written to the memory."""

    key: UnitKey
    content: Content
    embedder: str
    vectors: bytes
    row: int | None
    """Row key of the unit that is replaced; None: there was none. As it was when the memory was looked at."""


class Applier:
    """Writes units from the hub into one memory."""

    def __init__(self, memory: Memory, edges_due: Callable[[bool], None]) -> None:
        """``edges_due``: stores whether all edges have to be drawn. It is kept beyond the end of this process."""
        self._memory, self._edges_due = memory, edges_due
        self._store = memory.store
        self._linker = Linker(memory.store, memory.index)
        self.embedded = 0
        """Number of nodes embedded here. The vectors that came with them were another embedder's."""
        self.changed: set[UnitKey] = set()
        """Units left alone because somebody else changed them meanwhile."""

    def is_bulk(self, documents: int) -> bool:
        """Return whether the edges of ``documents`` arriving documents are drawn only at the end."""
        return documents > max(FEW, self._memory.stats().documents // 8)

    def put(self, arrived: Sequence[Arrived], *, bulk: bool) -> list[UnitKey]:
        """Write documents and notes, and return the keys of those written."""
        vectors = self._vectors(arrived)
        if not bulk:
            return [each.key for each, rows in zip(arrived, vectors, strict=True) if self._put_one(each, rows)]
        self._edges_due(True)
        written = []
        with self._store.write() as writer:
            for each, rows in zip(arrived, vectors, strict=True):
                if self._is_as_seen(each.key, each.row):
                    self._replace(writer, each, rows)
                    written.append(each.key)
        return written

    def remove(self, gone: Sequence[tuple[UnitKey, int]], *, bulk: bool) -> list[UnitKey]:
        """Delete documents and notes, and return the keys of those deleted. Each is given with its row."""
        done = []
        for key, row in gone:
            topics = None
            if key.kind == "document" and not bulk:
                topics = self._linker.topics(key.name, None, row)
            with self._store.write() as writer:
                if not self._is_as_seen(key, row):
                    continue
                if key.kind == "note":
                    writer.delete_nodes([row])
                elif bulk:
                    self._edges_due(True)
                    writer.delete_document(row)
                else:
                    with self._linker.change(writer, topics) as change:
                        document = self._store.document(key.name)
                        assert document is not None
                        change.delete(document)
                done.append(key)
        return done

    def put_edges(self, edges: Iterable[MadeEdge]) -> list[MadeEdge]:
        """Write the edges whose two ends are in the memory, and return those edges."""
        listed = list(edges)
        with self._store.write() as writer:
            keys = keys_of(self._store, {end for edge in listed for end in (edge.src, edge.dst)})
            there = [edge for edge in listed if edge.src in keys and edge.dst in keys]
            for edge in there:
                self._put_edge(writer, edge, keys)
        return there

    def remove_edges(self, names: Iterable[str]) -> None:
        """Delete edges by their names."""
        with self._store.write() as writer:
            for name in names:
                src, dst, rel = name.split(" ", 2)
                keys = keys_of(self._store, (src, dst))
                if src in keys and dst in keys:
                    delete_edge(self._store, keys[src], keys[dst], writer.relation(rel))

    def adopt(self, key: UnitKey, row: int, content: Content) -> None:
        """Give a document's nodes the ids that they have on the hub.

        For a document that was ingested here and elsewhere.
        """
        if key.kind != "document":
            return
        with self._store.write():
            if not self._is_as_seen(key, row):
                return
            nodes = self._store.nodes(self._store.document_nodes(row))
            if [node.text for node in nodes] != [piece.text for piece in content.pieces]:
                return
            other = {piece.id for piece in content.pieces} - {node.id for node in nodes}
            if other and not keys_of(self._store, other):
                # In two steps: an id may pass from one node to the next.
                rename_nodes(self._store, [(node.key, str(uuid.uuid4())) for node in nodes])
                rename_nodes(
                    self._store, [(node.key, piece.id) for node, piece in zip(nodes, content.pieces, strict=True)]
                )

    def draw(self) -> None:
        """Draw all edges between documents."""
        redraw(self._store, self._memory.index, self._linker)
        self._edges_due(False)

    def _put_one(self, arrived: Arrived, vectors: Vectors) -> bool:
        key, content = arrived.key, arrived.content
        if key.kind == "note":
            with self._store.write() as writer:
                if not self._is_as_seen(key, arrived.row):
                    return False
                self._replace(writer, arrived, vectors)
            return True
        topics = self._linker.topics(key.name, vectors, arrived.row)
        with self._store.write() as writer:
            if not self._is_as_seen(key, arrived.row):
                return False
            made = self._made(arrived.row)
            with self._linker.change(writer, topics) as change:
                if (old := self._store.document(key.name)) is not None:
                    change.delete(old)
                document, nodes = self._insert(writer, key, content, vectors)
                names = [
                    (node, name) for node, piece in zip(nodes, content.pieces, strict=True) for name in _names(piece)
                ]
                links = [(node, to) for node, piece in zip(nodes, content.pieces, strict=True) for to in piece.links]
                change.add(document, nodes, names=names, links=links)
            self._restore(writer, made)
        return True

    def _replace(self, writer: Writer, arrived: Arrived, vectors: Vectors) -> None:
        key, content = arrived.key, arrived.content
        if key.kind == "note":
            made = list(made_edges(self._store, [arrived.row])) if arrived.row is not None else []
            if arrived.row is not None:
                writer.delete_nodes([arrived.row])
            self._add(writer, content.pieces[0], vectors[0])
        else:
            made = self._made(arrived.row)
            if arrived.row is not None:
                writer.delete_document(arrived.row)
            _, nodes = self._insert(writer, key, content, vectors)
            if len(nodes) > 1:
                writer.add_edges("follows", [(a, b, 1.0) for a, b in pairwise(nodes)])
            for node, piece in zip(nodes, content.pieces, strict=True):
                writer.add_names((node, name) for name in _names(piece))
                writer.add_links((node, target) for target in piece.links)
                writer.add_entities((node, entity) for entity in entities(piece.text))
        self._restore(writer, made)

    def _insert(
        self, writer: Writer, key: UnitKey, content: Content, vectors: Vectors
    ) -> tuple[StoredDocument, list[int]]:
        about = (key.name, content.title, content.content_hash, content.ingested_at)
        row = insert_document(self._store, *about, len(content.pieces))
        taken = keys_of(self._store, [piece.id for piece in content.pieces])
        nodes = []
        for position, (piece, vector) in enumerate(zip(content.pieces, vectors, strict=True)):
            # A document that was moved elsewhere, and is here under its old address still, has the ids.
            id_ = piece.id if piece.id not in taken else str(uuid.uuid5(uuid.UUID(piece.id), key.name))
            nodes.append(self._add(writer, piece, vector, row, position, id_))
        document = self._store.document(key.name)
        assert document is not None
        return document, nodes

    def _add(
        self,
        writer: Writer,
        piece: Piece,
        vector: Vectors,
        document: int | None = None,
        position: int = 0,
        id: str = "",
    ) -> int:
        metadata = msgspec.convert(
            {
                **{name: getattr(piece, name) for name in ("timestamp", "tags", "language", "domain", "version")},
                **{name: getattr(piece, name) for name in ("score", "names", "dated")},
            },
            NodeMetadata,
        )
        return writer.add_node(
            piece.text,
            vector,
            type=piece.type,
            source=piece.source,
            title=piece.title,
            metadata=metadata,
            document=document,
            position=position,
            id=id or piece.id,
        )

    def _is_as_seen(self, key: UnitKey, row: int | None) -> bool:
        """Return whether the memory's unit ``key`` still has the row ``row``.

        Inside the transaction that changes it.
        """
        if key.kind == "note":
            now = keys_of(self._store, [key.name]).get(key.name)
        else:
            document = self._store.document(key.name)
            now = document.key if document else None
        if now != row:
            self.changed.add(key)
        return now == row

    def _made(self, document: int | None) -> list[tuple[object, ...]]:
        return list(made_edges(self._store, self._store.document_nodes(document))) if document is not None else []

    def _restore(self, writer: Writer, made: Iterable[tuple[object, ...]]) -> None:
        """Restore deleted edges whose two nodes exist again."""
        edges = [MadeEdge(*row[:8]) for row in made]  # type: ignore[arg-type] # as the columns are declared
        if edges:
            keys = keys_of(self._store, {end for edge in edges for end in (edge.src, edge.dst)})
            for edge in edges:
                if edge.src in keys and edge.dst in keys:
                    self._put_edge(writer, edge, keys)

    def _put_edge(self, writer: Writer, edge: MadeEdge, keys: dict[str, int]) -> None:
        ends = (keys[edge.src], keys[edge.dst])
        values = (edge.weight, edge.timestamp, edge.created_by, edge.confidence)
        put_edge(self._store, (edge.id, *ends, writer.relation(edge.rel), *values))
        writer.linked.update(ends)

    def _vectors(self, arrived: Sequence[Arrived]) -> list[Vectors]:
        """Return the vectors of each unit's nodes. Those that came with the unit, or those computed from the texts."""
        ours = f"{self._memory.embedder.id} {self._memory.embedder.dim}"
        found: dict[int, Vectors] = {}
        for at, each in enumerate(arrived):
            if each.embedder == ours:
                found[at] = self._read(each)
        rest = [at for at in range(len(arrived)) if at not in found]
        whole = [
            embedded_text(embedded_head(piece.title, piece.names), piece.text)
            for at in rest
            for piece in arrived[at].content.pieces
        ]
        if whole:
            made = np.asarray(self._memory.embedder.embed(whole), np.float32)
            self.embedded += len(whole)
            first = 0
            for at in rest:
                last = first + len(arrived[at].content.pieces)
                found[at], first = made[first:last], last
        return [found[at] for at in range(len(arrived))]

    def _read(self, arrived: Arrived) -> Vectors:
        try:
            values = msgspec.msgpack.decode(arrived.vectors, type=list[bytes])
            vectors = unpack_all(values, self._memory.embedder.dim)
            if len(vectors) != len(arrived.content.pieces):
                raise ValueError("another number of vectors than of notes")
            if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
                raise ValueError("a vector that is none")
        except (ValueError, msgspec.MsgspecError) as error:
            raise HubError(
                f"the vectors of {arrived.key.name[:200]!r} in the hub are damaged ({error}): push it again from a "
                "device that has it"
            ) from error
        return vectors


def _names(piece: Piece) -> list[Name]:
    return [*map(Name, piece.aliases), *(Name(text, heading=True) for text in piece.headings)]
