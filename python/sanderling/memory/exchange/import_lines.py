"""Import a file of JSON lines into a memory.

::

    all lines checked ─► notes not there yet, embedded and written in batches ─► edges, in batches

A document is written with all its nodes or not at all. What ends an import leaves whole batches, and the same import
once more takes the rest, because notes that are there are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO

import numpy as np

from ...embedding.contract import Embedder, embedded_head, embedded_text
from ...records import Edge, Vectors
from ...text.name_trie import Name
from ..index import MemoryIndex
from ..link.entities import entities
from ..store.exchange import insert_document, insert_edges
from ..store.store import Store
from ..store.writer import Writer
from .check import Checked, check, lines_of
from .known import Known
from .lines import DocumentLine, EdgeLine, NodeLine, decode, vector_of
from .report import Imported

NODES_AT_ONCE = 64
"""Nodes embedded and written together, or more where a document has more."""
EDGES_AT_ONCE = 1000

Progress = Callable[[int, int], None]


def import_lines(
    store: Store,
    index: MemoryIndex,
    embedder: Embedder,
    file: IO[bytes],
    name: str,
    on_progress: Progress = lambda done, total: None,
) -> Imported:
    """Import the lines of ``file`` into the memory.

    ``file``: open, and able to seek; ``name``: what messages call it. ``on_progress``: called with the number of nodes
    done, and of all. Raises UsageError for a file with bad lines, of which nothing is then taken; MemoryFileError for a
    memory that is read-only; StorageFull.
    """
    store.database.require_writable()
    run = _Import(store, embedder, check(store, file, name), on_progress)
    run.notes(file)
    run.edges(file)
    index.catch_up()
    return run.report()


class _Import:
    """One running import."""

    def __init__(self, store: Store, embedder: Embedder, checked: Checked, on_progress: Progress) -> None:
        self._store, self._embedder, self._checked, self._on_progress = store, embedder, checked, on_progress
        self._known = Known(store, checked.documents)
        self._total = checked.loose + sum(map(len, checked.documents.values()))
        self._same_embedder = (checked.head.embedder, checked.head.dim) == (embedder.id, embedder.dim)
        self._nodes = self._documents = self._edges = self._embedded = self._cut = 0

    def notes(self, file: IO[bytes]) -> None:
        """Write all documents and notes that the memory lacks."""
        waiting: list[tuple[DocumentLine | None, list[NodeLine]]] = []
        for document, nodes in self._units(file):
            waiting.append((document, nodes))
            if sum(len(each) for _, each in waiting) >= NODES_AT_ONCE:
                self._write(waiting)
                waiting = []
        self._write(waiting)

    def edges(self, file: IO[bytes]) -> None:
        """Write the edges whose two ends are in the memory."""
        lines = (line for _, data in lines_of(file) if isinstance(line := decode(data), EdgeLine))
        found = (edge for line in lines if (edge := self._edge(line)) is not None)
        while part := list(islice(found, EDGES_AT_ONCE)):
            with self._store.write() as writer:
                self._edges += insert_edges(self._store, writer, part)

    def report(self) -> Imported:
        """Return the result of the import."""
        warnings = (
            f"{self._cut:,} texts are longer than the {self._embedder.max_tokens} tokens the embedder reads: they are "
            "found by their beginning only",
        )
        return Imported(
            nodes=self._nodes,
            documents=self._documents,
            edges=self._edges,
            unchanged=self._known.unchanged,
            embedded=self._embedded,
            refused=tuple(self._known.refused),
            warnings=warnings if self._cut else (),
        )

    def _units(self, file: IO[bytes]) -> Iterator[tuple[DocumentLine | None, list[NodeLine]]]:
        """Yield each document to import with its nodes, and each note without a document."""
        document: DocumentLine | None = None
        nodes: list[NodeLine] = []
        for number, data in lines_of(file):
            line = decode(data)
            if document is not None and not (isinstance(line, NodeLine) and line.document):
                yield document, nodes
                document = None
            if isinstance(line, DocumentLine):
                document, nodes = None if self._known.has_document(number, line) else line, []
            elif isinstance(line, NodeLine) and line.document:
                nodes.append(line)
            elif isinstance(line, NodeLine) and not self._known.has_note(number, line):
                yield None, [line]
        if document is not None:
            yield document, nodes

    def _write(self, units: list[tuple[DocumentLine | None, list[NodeLine]]]) -> None:
        vectors = iter(self._vectors([node for _, nodes in units for node in nodes]))
        with self._store.write() as writer:
            for document, nodes in units:
                key = None
                if document is not None:
                    origin = (document.uri, document.title, document.content_hash, document.ingested_at)
                    key = insert_document(self._store, *origin, len(nodes))
                    self._documents += 1
                for position, node in enumerate(nodes):
                    self._known.took(node.id, self._write_node(writer, node, next(vectors), key, position))
                self._nodes += len(nodes)
        self._on_progress(self._nodes + self._known.unchanged, self._total)

    def _write_node(self, writer: Writer, line: NodeLine, vector: Vectors, document: int | None, position: int) -> int:
        key = writer.add_node(
            line.text,
            vector,
            type=line.type,
            source=line.source,
            title=line.title,
            metadata=line.metadata,
            document=document,
            position=position,
            id=line.id,
        )
        if document is not None:  # what links of later documents are drawn by
            writer.add_names([(key, Name(name)) for name in line.aliases])
            writer.add_names([(key, Name(name, heading=True)) for name in line.headings])
            writer.add_links([(key, target) for target in line.links])
            writer.add_entities([(key, entity) for entity in entities(line.text)])
        return key

    def _vectors(self, nodes: list[NodeLine]) -> list[Vectors]:
        """Return the vector of each node: the one in its line if it is of this embedder, else that of its text."""
        found = {
            row: vector_of(node, self._embedder.dim)
            for row, node in enumerate(nodes)
            if node.vector and self._same_embedder
        }
        rest = [row for row in range(len(nodes)) if row not in found]
        if rest:
            texts = [
                embedded_text(embedded_head(nodes[row].title, nodes[row].metadata.names), nodes[row].text)
                for row in rest
            ]
            cut: set[int] = set()
            made = self._embedder.embed(texts, lambda row, _tokens: cut.add(row))
            found.update(zip(rest, np.asarray(made, np.float32), strict=True))
            self._embedded += len(rest)
            self._cut += len(cut)
        return [found[row] for row in range(len(nodes))]

    def _edge(self, line: EdgeLine) -> Edge | None:
        src, dst = self._known.key(line.src), self._known.key(line.dst)
        if src is None or dst is None:
            return None
        return Edge(id=line.id, src=src, dst=dst, rel=line.rel, weight=line.weight, metadata=line.metadata)
