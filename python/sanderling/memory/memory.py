"""Store and index as one: what the rest of the package uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Self

from .. import ranges
from ..embedding.contract import Embedder, embed_nodes
from ..errors import UsageError
from ..filter import Filter
from ..records import (
    EdgeCreator,
    Keys,
    Node,
    NodeMetadata,
    NodeSource,
    NodeType,
    Record,
    RetrievalResult,
    SearchResult,
    Vectors,
)
from ..text.clean import clean, one_line
from .index import Attention, MemoryIndex
from .ingest.document import document_of
from .ingest.ingest import Ingest
from .ingest.report import IngestProgress, IngestReport
from .retrieve.attention_weights import check, shipped
from .retrieve.candidates import CandidateGenerator
from .retrieve.hybrid import WEIGHTS, Hybrid, Weights
from .store.filters import Selections
from .store.store import Store, StoreStats
from .upkeep.blame import blamed, blames


class Note(Record):
    """A node to be written back, with the edges that leave it."""

    text: str
    type: NodeType = "memory"
    source: NodeSource = "agent"
    title: str = ""
    metadata: NodeMetadata | None = None
    """None, or without a timestamp: of now."""
    edges: tuple[tuple[int, str, float], ...] = ()
    """(key of the node pointed at, relation, weight). Nodes deleted meanwhile are left out."""


class Memory:
    """A memory file and its index, open. Searches may come from several threads; writes wait for one another."""

    def __init__(self, store: Store, index: MemoryIndex, embedder: Embedder) -> None:
        """Join the parts; use :meth:`open`."""
        self.store = store
        self.index = index
        self.embedder = embedder
        self._selections = Selections(store)
        self._hybrid = Hybrid(store, index)
        self._warnings: list[str] = []

    @classmethod
    def open(cls, path: str | PathLike[str], embedder: Embedder) -> Self:
        """Open the memory at ``path``, or make one there.

        Raises MemoryFileError if it is no memory, is damaged or locked, or belongs to another embedder. An index that
        cannot be used is rebuilt, and :attr:`warnings` says so. Where nothing can be written a memory is opened to be
        read; what writes then raises MemoryFileError.
        """
        store = Store.open(Path(path), embedder.id, embedder.dim)
        try:
            with blamed(store):
                return cls(store, MemoryIndex(store), embedder)
        except BaseException:
            store.close()
            raise

    def __enter__(self) -> Self:
        """Return the memory itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.index)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What happened that the user should know: an index rebuilt, a snapshot not written, a text cut."""
        return (*self.index.warnings, *self._warnings)

    @blames
    def ingest(
        self,
        paths: Sequence[str | PathLike[str]],
        *,
        prune: bool = False,
        domain: str = "",
        tags: Sequence[str] = (),
        on_progress: Callable[[IngestProgress], None] | None = None,
    ) -> IngestReport:
        """Take in files and folders; see :class:`.ingest.ingest.Ingest` for what is taken and raised."""
        self.store.database.require_writable()
        run = Ingest(self.store, self.index, self.embedder, on_progress, domain=domain, tags=tags)
        return run.paths([Path(path) for path in paths], prune=prune)

    @blames
    def add(self, text: str, *, title: str = "", uri: str = "", metadata: NodeMetadata | None = None) -> IngestReport:
        """Take in a text as a document of the user's; the same ``uri`` again replaces it.

        ``metadata`` None: nothing is known but the time, which is now.

        ``uri`` empty: one made from the text, so that the same text twice is kept once. Raises UsageError for a text of
        nothing but white space.
        """
        if not text.strip():
            raise UsageError("nothing to remember: the text is empty")
        self.store.database.require_writable()
        uri = uri or f"note:{sha256(clean(text).encode()).hexdigest()[:16]}"
        return Ingest(self.store, self.index, self.embedder).document(document_of(text, title, uri, metadata), "user")

    @blames
    def write_back(self, notes: Sequence[Note], *, created_by: EdgeCreator = "agent") -> list[Node]:
        """Remember what came out of a request, all of it in one transaction; returns the new nodes.

        Raises UsageError for an empty text, ValueError for a weight that is not positive, MemoryFileError where the
        memory can only be read.
        """
        if not all(note.text.strip() for note in notes):
            raise UsageError("nothing to remember: the text is empty")
        self.store.database.require_writable()
        vectors: list[Vectors] = []
        for note in notes:
            vector, cut = embed_nodes(self.embedder, one_line(note.title), [clean(note.text)])
            vectors.append(vector[0])
            if cut:
                self._warnings.append(
                    f"a text written back is longer than the {self.embedder.max_tokens} tokens the embedder reads: "
                    "it is found by its beginning only"
                )
        with self.store.write() as writer:
            keys = [
                writer.add_node(
                    clean(note.text),
                    vector,
                    type=note.type,
                    source=note.source,
                    title=one_line(note.title),
                    metadata=note.metadata,
                )
                for note, vector in zip(notes, vectors, strict=True)
            ]
            for key, note in zip(keys, notes, strict=True):
                for target, rel, weight in note.edges:
                    writer.add_edges(rel, [(key, target, weight)], created_by=created_by)
        self.index.catch_up()
        return self.nodes(keys)

    @blames
    def search(
        self, vector: Vectors, k: int = 64, *, ef_search: int = 64, filter: Filter | None = None
    ) -> SearchResult:
        """Find the ``k`` nodes nearest to float32[dim] among those that pass ``filter``, nearest first.

        ``filter`` None or empty: among all. If none passes, as in an empty memory, there are no hits.
        """
        _check(k, ef_search)
        return self.index.search(vector, k, ef_search, self._selections.allowed(filter))

    @blames
    def retrieve(
        self,
        vector: Vectors,
        k: int = 64,
        *,
        ef_search: int = 64,
        hops: int = 2,
        max_nodes: int = 256,
        attention: Attention | None = None,
        filter: Filter | None = None,
    ) -> RetrievalResult:
        """:meth:`search`, and weigh the nodes up to ``hops`` edges from the hits, ``max_nodes`` at most.

        ``attention`` None: the untrained prior. Nodes that do not pass ``filter`` are as if
        they were not there.
        """
        _check(k, ef_search, hops, max_nodes)
        return self.index.retrieve(vector, k, ef_search, hops, max_nodes, self._selections.allowed(filter), attention)

    @blames
    def find(
        self,
        question: str,
        vector: Vectors,
        k: int = 64,
        *,
        ef_search: int = 64,
        hops: int = 2,
        max_nodes: int = 256,
        attention: Attention | None = None,
        filter: Filter | None = None,
        weights: Weights | None = None,
    ) -> RetrievalResult:
        """:meth:`retrieve`, and look by words, by titles and names, and along edges; order it all by trained attention.

        ``vector`` is the question's. ``attention`` None: the weights that ship, see :mod:`.retrieve.candidates`.
        ``weights`` given: no trained attention, but these weights of the channels, see :mod:`.retrieve.hybrid`.
        Raises UsageError for an attention trained on other features.
        """
        found = self.retrieve(vector, k, ef_search=ef_search, hops=hops, max_nodes=max_nodes, filter=filter)
        if not len(found.hits.keys):
            return found
        allowed = self._selections.allowed(filter)
        trained = attention or shipped()
        if weights is None and trained is not None:
            check(trained)
            return self._hybrid.attend(question, found, allowed, max_nodes, trained)
        return self._hybrid.widen(question, found, allowed, max_nodes, weights or WEIGHTS)

    @property
    def finder(self) -> CandidateGenerator:
        """What looks for the nodes that :meth:`find` weighs; for training."""
        return self._hybrid.finder

    @blames
    def search_text(self, query: str, limit: int = 64) -> list[tuple[int, float]]:
        """Find nodes by their words: (key, BM25 score), best first."""
        return self.store.search_text(query, limit)

    @blames
    def nodes(self, keys: Iterable[int] | Keys) -> list[Node]:
        """Nodes in the order of ``keys``; those deleted meanwhile are left out."""
        return self.store.nodes(keys)

    @blames
    def stats(self) -> StoreStats:
        """Count what the memory holds."""
        return self.store.stats()

    def close(self) -> None:
        """Write the index's snapshot and close the file."""
        try:
            with blamed(self.store):
                self.index.save()
        finally:
            self.store.close()


def _check(k: int, ef_search: int, hops: int = 0, max_nodes: int = 1) -> None:
    for name, value in (("k", k), ("ef_search", ef_search), ("max_nodes", max_nodes)):
        ranges.NEIGHBOURS.check(name, value)
    ranges.HOPS.check("hops", hops)
