"""Edges between chunks, drawn at ingest without a language model.

=============  ==================================================  ========================  ==========================
relation       from, to                                            weight                    confidence
=============  ==================================================  ========================  ==========================
``follows``    a chunk, the next of the same document              1                         1
``cites``      a chunk that links to a document or mentions its    1 for a link, 1/n for a   1 for a link, .9 for title
               title or an alias: its first chunk; one that        name borne by n           or alias, .6 for a heading
               mentions a heading: the chunk under it
``same_topic`` a chunk, an older one of another document, each     cosine, at least 0.6      1
               among the 4 nearest of the other
``shares_``    a passage, an older one of another document that    1/n for a name that n     .5
``entity``     has the same name in its text, as 5 at most have    passages have
=============  ==================================================  ========================  ==========================

All of it depends on nothing but the texts, names and vectors that are there: whenever a document comes, changes or
goes, the chunks whose edges that can alter are looked up (full text for the names, tables for addresses and entities,
the index for the neighbours) and their edges made anew. So the order of ingest does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec
import numpy as np

from ...records import Vectors
from ...text.name_trie import Mention, Name, Names, Place, bare_title, name_key
from ..index import MemoryIndex
from ..store.schema import RELATIONS
from ..store.store import Store
from ..store.writer import StoredDocument, Writer
from .entities import SHARED_CONFIDENCE, entities, nodes_sharing, sharing
from .topics import Topics, topics

LINKED = Mention(1.0, 1.0)


class Linker:
    """Draws the edges of documents that come and go. One per ingest; not for several threads."""

    def __init__(self, store: Store, index: MemoryIndex | None) -> None:
        """Start with the names unread; they are read at the first document.

        ``index`` None: only to delete, and what shared a topic with the deleted gets no new partner.
        """
        self._store = store
        self._index = index
        self._names = Names()
        # Generation of the store that the names are of; None while a transaction that may fail is under way.
        self._generation: int | None = None
        # The transaction under way, the nodes whose edges it may have changed, and the entities that came and went.
        self._writing: int | None = None
        self._affected: set[int] = set()
        self._entities: list[str] = []

    def topics(self, uri: str, vectors: Vectors | None, replaced: int | None) -> Topics:
        """Find the ``same_topic`` edges to be when chunks of ``uri`` come and document ``replaced`` goes.

        ``vectors`` float32[n, dim], None: nothing comes; ``replaced`` None: nothing goes. Before the transaction.
        """
        if self._index is None:
            raise RuntimeError("neighbours are looked up in an index, and none was given")
        if vectors is None:
            vectors = np.empty((0, self._store.dim), np.float32)
        return topics(self._store, self._index, uri, vectors, replaced)

    def delete(self, writer: Writer, document: StoredDocument) -> None:
        """Delete a document; :meth:`draw` then redraws what cited it."""
        self._begin(writer)
        for name, place in self._named(document.key):
            self._affected.update(self._mentioning(name))
            self._names.discard(name, place)
        rows = self._store.database.execute(
            "SELECT e.text FROM node n JOIN entity e ON e.node = n.key WHERE n.document = ?", (document.key,)
        )
        self._entities += [text for (text,) in rows]
        writer.delete_document(document.key)

    def add(
        self,
        writer: Writer,
        document: StoredDocument,
        keys: Sequence[int],
        *,
        names: Iterable[tuple[int, Name]],
        links: Iterable[tuple[int, str]],
    ) -> None:
        """Tie a document just added, with its nodes ``keys``, into the memory; :meth:`draw` then draws its citations.

        ``names`` are (node, name) pairs beside the title, ``links`` (node, address) pairs found in its text.
        """
        self._begin(writer)
        writer.add_edges("follows", [(a, b, 1.0) for a, b in pairwise(keys)])
        writer.add_names(names)
        writer.add_links(links)
        for name, place in self._named(document.key):
            self._names.add(name, place)
            self._affected.update(self._mentioning(name))
        named = [(key, entity) for key, text in self._texts(keys) for entity in entities(text)]
        writer.add_entities(named)
        self._entities += [entity for _, entity in named]
        self._affected.update(keys, self._linking(document.uri))

    def draw(self, writer: Writer, topics: Topics | None = None, keys: Sequence[int] = ()) -> None:
        """Make all edges what they have to be; the last of a transaction.

        ``topics`` were found for it before, ``keys`` are the nodes that have come since; None: nothing to change.
        """
        if topics is not None:
            new = [(keys[row], key, cosine) for row, key, cosine in topics.new]
            writer.add_edges("same_topic", [*new, *topics.drawn])
            writer.delete_edges("same_topic", topics.removed)
        self._cite(writer, self._affected)
        # An entity that came or went so many times had as many more or fewer bearers before.
        times = Counter(self._entities)
        self._affected.update(nodes_sharing(self._store.database, times, max(times.values(), default=0)))
        self._share(writer, self._affected)
        self._affected, self._entities = set(), []
        self._generation = writer.generation

    def _begin(self, writer: Writer) -> None:
        """Read the names again if anyone else wrote since, or if the last transaction failed."""
        if self._writing == writer.generation:
            return
        if self._generation != writer.previous_generation:
            self._names = Names()
            for name, place in self._named(None):
                self._names.add(name, place)
        self._writing, self._generation, self._affected = writer.generation, None, set()
        self._entities = []

    def _named(self, document: int | None) -> list[tuple[Name, Place]]:
        """The names of one document with their places; None: of all."""
        rows = self._store.database.execute(
            f"SELECT title, 0, key, 0 FROM document {'WHERE key = ?1' if document is not None else ''} UNION ALL "
            "SELECT e.text, e.heading, n.document, n.position FROM name e JOIN node n ON n.key = e.node "
            f"WHERE n.document {'= ?1' if document is not None else 'IS NOT NULL'}",
            () if document is None else (document,),
        )
        return [(Name(text, bool(heading)), Place(owner, position)) for text, heading, owner, position in rows]

    def _mentioning(self, name: Name) -> list[int]:
        """Nodes whose text may mention ``name``: full text is stemmed and folded, so too many, never too few."""
        if not name_key(name) or self._names.settled(name):
            return []
        phrase = bare_title(name.text).replace('"', '""')
        rows = self._store.database.execute(
            "SELECT rowid FROM node_text WHERE node_text MATCH ?", (f'text : "{phrase}"',)
        )
        return [row[0] for row in rows]

    def _linking(self, uri: str) -> list[int]:
        return [row[0] for row in self._store.database.execute("SELECT node FROM link WHERE target = ?", (uri,))]

    def _texts(self, keys: Sequence[int]) -> list[tuple[int, str]]:
        listed = msgspec.json.encode(keys).decode()
        return self._store.database.execute(
            "SELECT key, text FROM node WHERE key IN (SELECT value FROM json_each(?))", (listed,)
        )

    def _share(self, writer: Writer, nodes: Iterable[int]) -> None:
        """Make the ``shares_entity`` edges of ``nodes`` what their texts say."""
        wanted = sharing(self._store.database, nodes, self._names)
        rows = self._store.database.execute(
            "SELECT src, dst, weight, created_by FROM edge WHERE rel = ?2 AND src IN (SELECT value FROM json_each(?1)) "
            "UNION SELECT src, dst, weight, created_by FROM edge WHERE rel = ?2 "
            "AND dst IN (SELECT value FROM json_each(?1))",
            (msgspec.json.encode(list(nodes)).decode(), RELATIONS["shares_entity"]),
        )
        present = {(src, dst): (weight, by) for src, dst, weight, by in rows}
        stale = [pair for pair, (_, by) in present.items() if pair not in wanted and by != "user"]
        fresh = [
            (*pair, weight)
            for pair, weight in wanted.items()
            if present.get(pair, (None, ""))[0] != weight and present.get(pair, (None, ""))[1] != "user"
        ]
        if stale:
            writer.delete_edges("shares_entity", stale)
        if fresh:
            writer.add_edges("shares_entity", fresh, confidence=SHARED_CONFIDENCE)

    def _cite(self, writer: Writer, nodes: Iterable[int]) -> None:
        """Make the ``cites`` edges of ``nodes`` what their texts and links say; untouched where they are already."""
        stale: list[tuple[int, int]] = []
        fresh: dict[float, list[tuple[int, int, float]]] = {}
        for node in sorted(nodes):
            wanted = self._cited(node)
            rows = self._store.database.execute(
                "SELECT dst, weight, confidence, created_by FROM edge WHERE src = ? AND rel = ?",
                (node, RELATIONS["cites"]),
            )
            present = {dst: (Mention(weight, confidence), by) for dst, weight, confidence, by in rows}
            stale += [(node, target) for target, (_, by) in present.items() if target not in wanted and by != "user"]
            for target, mention in wanted.items():
                there, by = present.get(target, (None, ""))
                # Edges a user drew are the user's.
                if there != mention and by != "user":
                    fresh.setdefault(mention.confidence, []).append((node, target, mention.weight))
        if stale:
            writer.delete_edges("cites", stale)
        for confidence, edges in fresh.items():
            writer.add_edges("cites", edges, confidence=confidence)

    def _cited(self, node: int) -> dict[int, Mention]:
        """Nodes that a node cites. Nodes of no document (answers) cite by hand only, and so does one that is gone."""
        rows = self._store.database.execute(
            "SELECT text, document FROM node WHERE key = ? AND document IS NOT NULL", (node,)
        )
        if not rows:
            return {}
        text, own = rows[0]
        mentions = self._names.find(text, own)
        linked = self._store.database.execute(
            "SELECT d.key FROM link l JOIN document d ON d.uri = l.target WHERE l.node = ?", (node,)
        )
        mentions.update((Place(row[0], 0), LINKED) for row in linked if row[0] != own)
        cited: dict[int, Mention] = {}
        for place, mention in mentions.items():
            target = self._store.database.execute("SELECT key FROM node WHERE document = ? AND position = ?", place)
            cited.update((key, mention) for (key,) in target)
        return cited
