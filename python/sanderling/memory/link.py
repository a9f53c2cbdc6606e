"""Edges between chunks, drawn at ingest without a language model.

=============  ==================================================================  ======================
relation       from, to                                                            weight
=============  ==================================================================  ======================
``follows``    a chunk, the next of the same document                              1
``cites``      a chunk that links to a document, or mentions its title; that       1 for a link, 1/n for a
               document's first chunk                                              title borne by n
``same_topic`` a new chunk, up to 4 nearest chunks of other documents              cosine, at least 0.6
=============  ==================================================================  ======================

``cites`` depends on nothing but the texts and titles that are there: whenever a document comes, changes or goes, the
chunks whose edges that can alter are looked up (full text for the title, the link table for the address) and their
edges made anew. So the order of ingest does not matter. ``same_topic`` edges are drawn once, from newer to older.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..records import Vectors
from .mentions import Titles, bare_title, title_key
from .schema import RELATIONS
from .store import Store
from .sync import MemoryIndex
from .writer import StoredDocument, Writer

# MiniLM-L6-v2 (int8) over pairs of random encyclopaedia passages, title and text: median 0.01 to 0.06, 99th percentile
# 0.37 to 0.45; pairs above 0.6 are of the same article or of the same kind of thing. Other embedders lie elsewhere.
SAME_TOPIC_COSINE = 0.6
SAME_TOPIC_EDGES = 4
SAME_TOPIC_EF_SEARCH = 64


class Neighbour(NamedTuple):
    """A ``same_topic`` edge to be: from the ``row``-th new chunk."""

    row: int
    key: int
    cosine: float


class Linker:
    """Draws the edges of documents that come and go. One per ingest; not for several threads."""

    def __init__(self, store: Store, index: MemoryIndex | None) -> None:
        """Start with the titles unread; they are read at the first document. ``index`` None: only to remove."""
        self._store = store
        self._index = index
        self._titles = Titles()
        # Generation of the store that the titles are of; None while a transaction that may fail is under way.
        self._generation: int | None = None

    def neighbours(self, vectors: Vectors, replaced: Iterable[int]) -> list[Neighbour]:
        """Look up the nearest older chunks of each new one. ``replaced``: nodes about to be deleted, not considered.

        Before the transaction, since the index follows committed rows only.
        """
        if self._index is None:
            raise RuntimeError("neighbours are looked up in an index, and none was given")
        ignored = set(replaced)
        found: list[Neighbour] = []
        for row, vector in enumerate(vectors):
            k = SAME_TOPIC_EDGES + len(ignored)
            hits = self._index.search(vector, k, max(k, SAME_TOPIC_EF_SEARCH))
            near = [
                Neighbour(row, int(key), min(1.0, 1.0 - float(distance)))
                for key, distance in zip(hits.keys, hits.distances, strict=True)
                if int(key) not in ignored and 1.0 - distance >= SAME_TOPIC_COSINE
            ]
            found += near[:SAME_TOPIC_EDGES]
        return found

    def replace(
        self,
        writer: Writer,
        old: StoredDocument | None,
        new: StoredDocument,
        keys: Sequence[int],
        *,
        links: Iterable[tuple[int, str]],
        neighbours: Iterable[Neighbour],
    ) -> None:
        """Draw all edges of a document just added with its nodes ``keys``; ``old``: its earlier state, deleted already.

        ``links`` are (node, address) pairs found in its text.
        """
        self._begin(writer, without=new)
        if old is not None:
            self._titles.discard(old.title, old.key)
        self._titles.add(new.title, new.key)
        writer.add_edges("follows", [(a, b, 1.0) for a, b in pairwise(keys)])
        writer.add_edges("same_topic", [(keys[row], key, cosine) for row, key, cosine in neighbours])
        writer.add_links(links)
        affected = {*keys, *self._mentioning(new.title), *self._linking(new.uri)}
        if old is not None:
            affected.update(self._mentioning(old.title))
        self._cite(writer, affected)
        self._generation = writer.generation

    def remove(self, writer: Writer, old: StoredDocument) -> None:
        """Redraw what depended on a document that was just deleted."""
        self._begin(writer, without=None)
        self._titles.discard(old.title, old.key)
        self._cite(writer, self._mentioning(old.title))
        self._generation = writer.generation

    def _begin(self, writer: Writer, without: StoredDocument | None) -> None:
        """Read the titles again if anyone else wrote since, or if the last transaction failed."""
        if self._generation != writer.previous_generation:
            self._titles = Titles()
            for document, title in self._store.database.execute("SELECT key, title FROM document"):
                if without is None or document != without.key:
                    self._titles.add(title, document)
        self._generation = None

    def _mentioning(self, title: str) -> list[int]:
        """Nodes whose text may mention ``title``: full text is stemmed and folded, so too many, never too few."""
        if not title_key(title) or self._titles.settled(title):
            return []
        phrase = bare_title(title).replace('"', '""')
        rows = self._store.database.execute(
            "SELECT rowid FROM node_text WHERE node_text MATCH ?", (f'text : "{phrase}"',)
        )
        return [row[0] for row in rows]

    def _linking(self, uri: str) -> list[int]:
        return [row[0] for row in self._store.database.execute("SELECT node FROM link WHERE target = ?", (uri,))]

    def _cite(self, writer: Writer, nodes: Iterable[int]) -> None:
        """Make the ``cites`` edges of ``nodes`` what their texts and links say; untouched where they are already."""
        stale: list[tuple[int, int]] = []
        fresh: list[tuple[int, int, float]] = []
        for node in sorted(nodes):
            wanted = self._cited(node)
            # Edges a user drew are the user's.
            present = dict(
                self._store.database.execute(
                    "SELECT dst, weight FROM edge WHERE src = ? AND rel = ? AND created_by <> 'user'",
                    (node, RELATIONS["cites"]),
                )
            )
            stale += [(node, target) for target in present if target not in wanted]
            fresh += [(node, target, weight) for target, weight in wanted.items() if present.get(target) != weight]
        writer.delete_edges("cites", stale)
        writer.add_edges("cites", fresh)

    def _cited(self, node: int) -> dict[int, float]:
        """First nodes of the documents a node cites, with weights. Nodes of no document (answers) cite by hand only."""
        rows = self._store.database.execute(
            "SELECT text, title, document FROM node WHERE key = ? AND document IS NOT NULL", (node,)
        )
        if not rows:
            return {}
        text, title, own = rows[0]
        documents = self._titles.find(text, own_title=title)
        linked = self._store.database.execute(
            "SELECT d.key FROM link l JOIN document d ON d.uri = l.target WHERE l.node = ?", (node,)
        )
        documents.update((row[0], 1.0) for row in linked)
        documents.pop(own, None)
        first = {
            document: self._store.database.execute(
                "SELECT key FROM node WHERE document = ? AND position = 0", (document,)
            )
            for document in documents
        }
        return {first[document][0][0]: weight for document, weight in documents.items() if first[document]}
