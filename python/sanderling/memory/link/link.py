"""Draw the edges between chunks at ingest, by the rules in this table.

==================  ===============================================  =======================  =======================
relation            from, to                                         weight                   confidence
==================  ===============================================  =======================  =======================
``follows``         a chunk, the next of the same document           1                        1
``cites``           a chunk that links to a document or mentions     1 for a link, 1/n for a  1 for a link, .9 for a
                    its title or an alias: its first chunk; one      name of n documents      title or alias, .6 for a
                    that mentions a heading, or links to it by                                heading
                    name: the chunk under it
``same_topic``      a chunk, one of a document whose address comes   cosine, at least 0.6     1
                    before, each among the 4 nearest of the other
``shares_entity``   a chunk, one of a document whose address comes   1/n for a name that n    .5
                    before that has the same name in its text, as    chunks have
                    5 at most do
==================  ===============================================  =======================  =======================

Edges depend only on the texts, names and vectors in the memory: whenever a document is added, changed or deleted, the
chunks whose edges may change are looked up (full text for names, tables for addresses and entities, the index for
neighbours) and their edges drawn again. So the order of ingest does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from ...records import Vectors
from ...text.name_trie import Names
from ..index import MemoryIndex
from ..store.documents import document_names
from ..store.store import Store
from ..store.writer import Writer
from .change import Change
from .topics import Topics, topics
from .wikilinks import Wikilinks


class Linker:
    """Draws edges when documents are added, changed or deleted. One per ingest; not for several threads.

    ::

        found = linker.topics(uri, vectors, replaced)                     # before the transaction
        with store.write() as writer, linker.change(writer, found) as change:
            change.delete(old)
            new, nodes = writer.add_document(...)
            change.add(new, nodes, names=..., links=...)
    """

    change_type: type[Change] = Change
    """Type of the changes; a subclass may measure them."""

    def __init__(self, store: Store, index: MemoryIndex | None) -> None:
        """Prepare to link the documents of ``store``. Their names are read at the first change.

        ``index`` None: documents can only be deleted, and chunks that shared a topic with them get no new neighbour.
        """
        self._store = store
        self._index = index
        self._names = Names()
        self._wikilinks = Wikilinks(store)
        # Generation of the store that the names are of; None while a transaction that may fail is under way.
        self._generation: int | None = None

    def topics(self, uri: str, vectors: Vectors | None, replaced: int | None) -> Topics:
        """Find the ``same_topic`` edges to add and remove when the document at ``uri`` changes.

        ``vectors``: those of its new chunks, float32[n, dim]; None: no new chunks. ``replaced``: key of the document to
        be deleted; None: no document. Raises RuntimeError inside a writing transaction, since the index has committed
        nodes only.
        """
        if self._index is None:
            raise RuntimeError("neighbours are looked up in an index, and none was given")
        if vectors is None:
            vectors = np.empty((0, self._store.dim), np.float32)
        return topics(self._store, self._index, uri, vectors, replaced)

    @contextmanager
    def change(self, writer: Writer, topics: Topics | None = None) -> Iterator[Change]:
        """Open a change of documents in the transaction of ``writer``. All edges are drawn when the block ends.

        ``topics`` are those found before the transaction; None: documents are only deleted. If anything is raised
        inside, no edge is drawn and the transaction has to be rolled back.
        """
        # Anyone else may have written since, or the last transaction failed.
        if self._generation not in (writer.previous_generation, writer.generation):
            self._names = Names()
            self._wikilinks = Wikilinks(self._store)
            for name, place in document_names(self._store):
                self._names.add(name, place)
        self._generation = None
        change = self.change_type(self._store, self._names, self._wikilinks, writer, topics)
        with change:
            yield change
        self._generation = writer.generation
