"""Delete and add documents in one transaction, then draw all affected edges.

Opened by :meth:`~sanderling.memory.link.link.Linker.change`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from types import TracebackType
from typing import Self

from ...records import NodeMetadata
from ...text.name_trie import Mention, Name, Names, Place, bare_title, name_key
from ...text.wikilink import Target, folded, target_of
from ..store.documents import (
    document_names,
    headings_of,
    linked_from,
    links_naming,
    nodes_at,
    nodes_linking_to,
    uri_of,
)
from ..store.edges import edges_from, edges_touching
from ..store.entities import entities_of, nodes_with
from ..store.nodes import chunk_of, nodes_that_may_mention
from ..store.relocation import links_of, relocate
from ..store.store import Store
from ..store.writer import StoredDocument, Writer
from .entities import MAX_SHARERS, SHARED_CONFIDENCE, entities, sharing
from .oriented import oriented
from .topics import Topics
from .wikilinks import Wikilinks

LINKED = Mention(1.0, 1.0)


class Change:
    """Deletes documents, adds at most one document, and draws edges when the ``with`` block ends."""

    def __init__(self, store: Store, names: Names, wikilinks: Wikilinks, writer: Writer, topics: Topics | None) -> None:
        """Prepare to change documents of ``store`` in the transaction of ``writer``.

        ``names`` and ``wikilinks`` are those of all its documents, and are kept up to date. ``topics`` None: nothing
        may be added.
        """
        self._store = store
        self._names = names
        self._wikilinks = wikilinks
        self._writer = writer
        self._topics = topics
        self._open = False
        self._added: Sequence[int] | None = None
        # Nodes whose edges may have changed, and the entities that were added and deleted.
        self._affected: set[int] = set()
        self._entities: list[str] = []

    def __enter__(self) -> Self:
        """Return this change."""
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Draw the edges, unless the block raised an exception."""
        self._open = False
        if kind is None:
            self._draw()

    def delete(self, document: StoredDocument) -> None:
        """Delete a document. Raises RuntimeError after the block."""
        self._require_open()
        known = document_names(self._store, document.key)
        unsettled: list[Name] = []
        for name, place in known:
            unsettled += self._unsettled(name)
            self._names.discard(name, place)
        self._affected.update(self._mentioning(unsettled))
        self._affected.update(self._calling(document, [name for name, _ in known]))
        self._wikilinks.discard(document.key, document.uri, [name for name, _ in known])
        self._entities += entities_of(self._store, document.key)
        self._writer.delete_document(document.key)

    def add(
        self,
        document: StoredDocument,
        nodes: Sequence[int],
        *,
        names: Iterable[tuple[int, Name]],
        links: Sequence[tuple[int, str]],
    ) -> None:
        """Link a new document, which the writer has just added, to the other documents.

        ``nodes`` are those of the document. ``names`` are (node, name) pairs beside the title, ``links`` (node,
        address) pairs found in its text. Raises RuntimeError after the block, for a second document, and if no topics
        were found for it.
        """
        self._require_open()
        if self._topics is None or self._added is not None:
            raise RuntimeError("a change adds one document, whose topics were found before the transaction")
        self._added = nodes
        writer = self._writer
        if len(nodes) > 1:
            writer.add_edges("follows", [(a, b, 1.0) for a, b in pairwise(nodes)])
        writer.add_names(names)
        writer.add_links(links)
        self._wikilinks.ask(target for _, target in links)
        known = document_names(self._store, document.key)
        unsettled: list[Name] = []
        for name, place in known:
            self._names.add(name, place)
            unsettled += self._unsettled(name)
        self._affected.update(self._mentioning(unsettled))
        self._wikilinks.add(document.key, document.uri, [name for name, _ in known])
        self._affected.update(self._calling(document, [name for name, _ in known]))
        named = [(node, entity) for node in nodes for entity in entities(writer.chunks[node][0])]
        writer.add_entities(named)
        self._entities += [entity for _, entity in named]
        self._affected.update(nodes, nodes_linking_to(self._store, document.uri))

    def move(
        self,
        old: StoredDocument,
        *,
        uri: str,
        title: str,
        content_hash: str,
        metadata: NodeMetadata,
        names: Iterable[tuple[int, Name]],
        links: Iterable[tuple[int, str]],
    ) -> None:
        """Give a document another address, and keep its nodes, vectors and edges.

        Arguments are those of :func:`~sanderling.memory.store.relocation.relocate`, with ``names`` and ``links`` as
        (position of a node, name or address). Raises RuntimeError after the block.
        """
        self._require_open()
        nodes = self._store.document_nodes(old.key)
        before, linked = document_names(self._store, old.key), links_of(self._store, old.key)
        self._affected.update(nodes_linking_to(self._store, old.uri), nodes_linking_to(self._store, uri))
        moved = relocate(
            self._store, self._writer, old, uri=uri, title=title, content_hash=content_hash, metadata=metadata
        )
        self._writer.add_names((nodes[at], name) for at, name in names)
        self._writer.add_links((nodes[at], target) for at, target in links)
        self._affected.update(node for node, _ in linked ^ links_of(self._store, moved.key))
        after = document_names(self._store, moved.key)
        for name, place in before:
            self._names.discard(name, place)
        for name, place in after:
            self._names.add(name, place)
        # Texts that mention a name which stayed cite the same nodes as before.
        differing = {name for name, _ in before} ^ {name for name, _ in after}
        if differing:
            # A text mentions no name that its own document has.
            self._affected.update(nodes, self._mentioning(chain.from_iterable(map(self._unsettled, differing))))

    def redraw(self, nodes: Iterable[int]) -> None:
        """Have the ``cites`` and ``shares_entity`` edges of ``nodes`` drawn again when the block ends.

        They are drawn even if nothing has changed. Raises RuntimeError.
        """
        self._require_open()
        self._affected.update(nodes)

    def _require_open(self) -> None:
        if not self._open:
            raise RuntimeError("documents are changed inside the block of Linker.change only")

    def _draw(self) -> None:
        """Draw the edges of all affected nodes."""
        if self._topics is not None:
            added = self._added or ()
            new = [(added[row], key, cosine) for row, key, cosine in self._topics.new]
            if drawn := [*new, *self._topics.drawn]:
                self._writer.add_edges("same_topic", oriented(self._store, drawn))
            if self._topics.removed:
                self._writer.delete_edges("same_topic", self._topics.removed)
        self._cite(self._affected)
        # An entity added or deleted so many times was in as many nodes fewer or more before.
        times = Counter(self._entities)
        most = MAX_SHARERS + max(times.values(), default=0)
        self._affected.update(nodes_with(self._store, times, most))
        self._share(self._affected)

    def _unsettled(self, name: Name) -> tuple[Name, ...]:
        """Return ``name`` if one more or less place with it may change which nodes mention it, else nothing."""
        return () if not name_key(name) or self._names.settled(name) else (name,)

    def _mentioning(self, names: Iterable[Name]) -> list[int]:
        """Return a superset of the nodes whose text mentions one of ``names``."""
        bare = {name_key(name): bare_title(name.text) for name in names}
        return nodes_that_may_mention(self._store, bare.values())

    def _calling(self, document: StoredDocument, names: Sequence[Name]) -> list[int]:
        """Return the nodes with a link by name whose target changes when ``document`` is added or deleted."""
        found: list[int] = []
        for called in self._wikilinks.calling(document.uri, names):
            every = self._wikilinks.at_limit(called)
            for node, address, uri in links_naming(self._store, called):
                target = target_of(address)
                if every or (target and self._wikilinks.lead_to(target, uri) == document.key):
                    found.append(node)
        return found

    def _share(self, nodes: Iterable[int]) -> None:
        """Draw the ``shares_entity`` edges of ``nodes``."""
        found = sharing(self._store, nodes, self._names)
        wanted = {
            (src, dst): weight
            for src, dst, weight in oriented(self._store, ((*pair, at) for pair, at in found.items()))
        }
        present = edges_touching(self._store, nodes, "shares_entity")
        stale = [pair for pair, (_, by) in present.items() if pair not in wanted and by != "user"]
        fresh = [
            (*pair, weight)
            for pair, weight in wanted.items()
            if present.get(pair, (None, ""))[0] != weight and present.get(pair, (None, ""))[1] != "user"
        ]
        if stale:
            self._writer.delete_edges("shares_entity", stale)
        if fresh:
            self._writer.add_edges("shares_entity", fresh, confidence=SHARED_CONFIDENCE)

    def _cite(self, nodes: Iterable[int]) -> None:
        """Draw the ``cites`` edges of ``nodes``, writing only the differences."""
        stale: list[tuple[int, int]] = []
        fresh: dict[float, list[tuple[int, int, float]]] = {}
        for node in sorted(nodes):
            wanted = self._cited(node)
            edges = edges_from(self._store, node, "cites")
            present = {dst: (Mention(weight, confidence), by) for dst, weight, confidence, by in edges}
            stale += [(node, target) for target, (_, by) in present.items() if target not in wanted and by != "user"]
            for target, mention in wanted.items():
                there, by = present.get(target, (None, ""))
                # Edges a user drew are the user's.
                if there != mention and by != "user":
                    fresh.setdefault(mention.confidence, []).append((node, target, mention.weight))
        if stale:
            self._writer.delete_edges("cites", stale)
        for confidence, drawn in fresh.items():
            self._writer.add_edges("cites", drawn, confidence=confidence)

    def _cited(self, node: int) -> dict[int, Mention]:
        """Return the nodes that the text of ``node`` cites, each with its mention.

        Empty for a node without a document (an answer), which has only ``cites`` edges drawn by hand.
        """
        chunk = self._writer.chunks.get(node) or chunk_of(self._store, node)
        if chunk is None:
            return {}
        text, own = chunk
        mentions = self._names.find(text, own)
        links = linked_from(self._store, node)
        mentions.update((Place(to, 0), LINKED) for _, to in links if to is not None and to != own)
        targets = [target for address, _ in links if (target := target_of(address))]
        uri = uri_of(self._store, own) if targets else ""
        for target in targets:
            document = self._wikilinks.lead_to(target, uri)
            if document is not None and document != own:
                mentions[self._place(document, target)] = LINKED
        return {key: mention for place, mention in mentions.items() for key in nodes_at(self._store, place)}

    def _place(self, document: int, target: Target) -> Place:
        """Return the chunk with the heading or block that ``target`` names, or the first chunk."""
        headings = headings_of(self._store, document) if target.part else []
        return Place(document, next((at for heading, at in headings if folded(heading) == target.part), 0))
