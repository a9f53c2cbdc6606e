"""The class :class:`Memory`, which combines store, index and retrieval.

The rest of the package ingests, searches, retrieves and writes back through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from hashlib import sha256
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from .._core import KeySet
from ..embedding.contract import Embedder, embed_nodes, languages_of
from ..errors import UsageError
from ..filter import Filter
from ..records import (
    DEFAULT_SEARCH,
    EdgeCreator,
    Keys,
    Node,
    NodeMetadata,
    NodeSource,
    NodeType,
    Plan,
    RetrievalResult,
    SearchParams,
    SearchResult,
    Vectors,
)
from ..text.clean import clean, one_line
from .exchange.report import Imported
from .index import Attention, MemoryIndex
from .ingest.report import IngestProgress, IngestReport
from .note import Note
from .retrieve.attention_weights import check
from .retrieve.beam import search_params
from .retrieve.candidates import CandidateGenerator
from .retrieve.direct import direct
from .retrieve.hybrid import WEIGHTS, Hybrid, Weights
from .retrieve.newest import newest_first
from .retrieve.other_languages import OtherLanguages
from .retrieve.ranker import Ranker, ranker
from .retrieve.when import MAX_OF_TIME, OF_RANKS, when
from .store.clustering import Clustering, choose
from .store.filters import Selections
from .store.packed import Precision
from .store.store import Store, StoreStats
from .upkeep.blame import blamed, blames


def address_of_text(text: str) -> str:
    """Return an address for a document given as text. It is always the same for the same text."""
    return f"note:{sha256(clean(text).encode()).hexdigest()[:16]}"


class Memory:
    """An open memory file with its index. Several threads may search at once; writes take turns."""

    def __init__(self, store: Store, index: MemoryIndex, embedder: Embedder) -> None:
        """Combine an open store, its index and its embedder. Use :meth:`open` instead."""
        self.store = store
        self.index = index
        self.embedder = embedder
        self._selections = Selections(store)
        self._hybrid = Hybrid(store, index, languages_of(embedder))
        self._other_languages = OtherLanguages(store, index, languages_of(embedder))
        self._warnings: list[str] = []
        self._ranker: Ranker | None = None
        self._search_params: SearchParams | None = None
        self.today: Callable[[], date] = date.today
        """Function that returns today's date, which "yesterday" in a question refers to."""

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        embedder: Embedder,
        *,
        precision: Precision = "int16",
        clusters: Clustering | None = None,
        warning: str = "",
    ) -> Self:
        """Open the memory at ``path``, or create a new one there.

        ``precision``: how a new memory keeps its vectors, in 16 bits of fixed point or in float32. ``clusters``: from
        how many nodes on the index has clusters, which the memory keeps; None: as it was last told, at first ``auto``.
        ``warning``: a line about the embedder, added to :attr:`warnings`; empty: none.
        An unusable index is rebuilt, with a line in :attr:`warnings`. Where writing is impossible the memory is opened
        read-only, and methods that write raise MemoryFileError. Raises MemoryFileError for a file that is no memory, is
        damaged or locked, or belongs to another embedder.
        """
        store = Store.open(Path(path), embedder.id, embedder.dim, precision)
        try:
            with blamed(store):
                if clusters is not None:
                    choose(store.database, clusters)
                memory = cls(store, MemoryIndex(store), embedder)
                memory._warnings += [warning] if warning else []
                return memory
        except BaseException:
            store.close()
            raise

    def __enter__(self) -> Self:
        """Return the memory itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the memory."""
        self.close()

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.index)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Messages for the user: a rebuilt index, an unwritten snapshot, a truncated text."""
        return (*self.index.warnings, *self._warnings)

    @blames
    def ingest(
        self,
        paths: Sequence[str | PathLike[str]],
        *,
        prune: bool = False,
        exclude: Sequence[str] = (),
        confirm: Callable[[str], bool] | None = None,
        domain: str = "",
        tags: Sequence[str] = (),
        on_progress: Callable[[IngestProgress], None] | None = None,
    ) -> IngestReport:
        """Ingest files and folders. See :class:`~sanderling.memory.ingest.ingest.Ingest` for what it reads and raises.

        ``prune`` also deletes documents whose files no longer exist; where that looks like a medium that is not
        mounted, ``confirm`` is asked first, or UsageError raised if it is None. ``exclude``: patterns of what to leave
        out. ``domain`` and ``tags`` are set on every node.
        """
        from .ingest.ingest import Ingest  # a question does not need what reads and cuts documents

        self.store.database.require_writable()
        run = Ingest(self.store, self.index, self.embedder, on_progress, domain=domain, tags=tags)
        return run.paths([Path(path) for path in paths], prune=prune, exclude=exclude, confirm=confirm)

    @blames
    def add(self, text: str, *, title: str = "", uri: str = "", metadata: NodeMetadata | None = None) -> IngestReport:
        """Ingest ``text`` as a document from the user.

        A later text with the same ``uri`` replaces it. ``uri`` empty: derived from the text, so that the same text is
        stored once. ``metadata`` None: the time alone, which is now. Raises UsageError for a text that is only white
        space.
        """
        from .ingest.ingest import Ingest
        from .read.document import document_of

        if not text.strip():
            raise UsageError("nothing to remember: the text is empty")
        self.store.database.require_writable()
        uri = uri or address_of_text(text)
        return Ingest(self.store, self.index, self.embedder).document(document_of(text, title, uri, metadata), "user")

    @blames
    def write_back(self, notes: Sequence[Note], *, created_by: EdgeCreator = "agent") -> list[Node]:
        """In one transaction, store the notes made by a request; return the new nodes.

        Raises UsageError for an empty text, ValueError for a weight that is not positive, MemoryFileError for a
        read-only memory.
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
                    id=note.id or None,
                )
                for note, vector in zip(notes, vectors, strict=True)
            ]
            for key, note in zip(keys, notes, strict=True):
                for target, rel, weight in note.edges:
                    writer.add_edges(rel, [(key, target, weight)], created_by=created_by)
        self.index.catch_up()
        return self.nodes(keys)

    @blames
    def give(
        self,
        text: str,
        *,
        type: NodeType = "memory",
        source: NodeSource = "user",
        title: str = "",
        tags: Sequence[str] = (),
        domain: str = "",
        date: str = "",
        relation: str = "cites",
        to: Sequence[str] = (),
    ) -> Node:
        """Store a note from a person or a program; return its first node.

        A ``doc`` is cut and linked as a file is, any other type is one node. ``date``: in any usual writing; empty:
        now. ``to``: what ``relation`` leads to, each the id of a node, its beginning, or the path or address of a
        document. Raises UsageError for an empty text, a date that is none, and for what the memory does not hold; then
        nothing is stored.
        """
        from .exchange.give import given, targets

        metadata = given(tags, domain, date)
        ends = [(key, relation, 1.0) for key in targets(self.store, to, relation)]
        if type != "doc":
            note = Note(text=text, type=type, source=source, title=title, metadata=metadata, edges=tuple(ends))
            return self.write_back([note], created_by="user" if source == "user" else "agent")[0]
        uri = address_of_text(text)
        self._warnings += self.add(text, title=title, uri=uri, metadata=metadata).warnings
        document = self.store.document(uri)
        assert document is not None
        first = self.store.document_nodes(document.key)[0]
        if ends:
            with self.store.write() as writer:
                writer.add_edges(relation, [(first, key, weight) for key, _, weight in ends], created_by="user")
            self.index.catch_up()
        return self.nodes([first])[0]

    @blames
    def export(self, *, vectors: bool = False) -> Iterator[bytes]:
        """Yield the memory as JSON lines: documents with nodes, other nodes, edges.

        ``vectors``: with the vector of each node. Lines: :mod:`sanderling.memory.exchange`.
        """
        from .exchange.export import exported

        yield from exported(self.store, vectors=vectors)

    @blames
    def import_lines(
        self, file: IO[bytes], name: str = "import", on_progress: Callable[[int, int], None] = lambda done, total: None
    ) -> Imported:
        """Import JSON lines from the seekable ``file`` into the memory.

        What it has already is passed over, and what it has otherwise stays; both are counted in the result. ``name`` is
        the file's in messages; ``on_progress`` gets the number of nodes done, and of all. Raises UsageError for a file
        with bad lines, all of them named, of which nothing is then taken.
        """
        from .exchange.import_lines import import_lines

        return import_lines(self.store, self.index, self.embedder, file, name, on_progress)

    @blames
    def search(
        self, vector: Vectors, params: SearchParams = DEFAULT_SEARCH, *, filter: Filter | None = None
    ) -> SearchResult:
        """Return the ``params.k`` nodes nearest to ``vector``, float32[dim], nearest first.

        ``filter`` None or empty: among all nodes. The result is empty when no node passes. Raises ValueError for a
        number out of range.
        """
        params.check()
        return self.index.search(vector, params, self._selections.allowed(filter))

    @blames
    def retrieve(
        self,
        vector: Vectors,
        params: SearchParams = DEFAULT_SEARCH,
        *,
        attention: Attention | None = None,
        filter: Filter | None = None,
    ) -> RetrievalResult:
        """Find the nearest nodes as :meth:`search` does, and weigh neighbouring nodes by attention.

        ``attention`` None: the untrained prior. Nodes that do not pass ``filter`` are ignored throughout. Raises
        ValueError for a number out of range.
        """
        params.check()
        return self.index.retrieve(vector, params, self._selections.allowed(filter), attention)

    @blames
    def find(
        self,
        question: str,
        vector: Vectors,
        params: SearchParams = DEFAULT_SEARCH,
        *,
        attention: Attention | None = None,
        filter: Filter | None = None,
        weights: Weights | None = None,
        plan: Plan = "graph",
    ) -> RetrievalResult:
        """Find nodes by vector, words, titles, names and edges; rank the found nodes by trained attention.

        Notes of a time that the question asks about come first (:mod:`~sanderling.memory.retrieve.when`); of notes that
        say the same of different times the newest does (:mod:`~sanderling.memory.retrieve.newest`).

        ``vector`` is the embedding of ``question``. ``attention`` None: that of :attr:`ranker`. ``weights``: fuse the
        channels with these weights instead of attention, see :mod:`~sanderling.memory.retrieve.hybrid`. ``plan``
        ``direct``: by vector and words alone, see :mod:`~sanderling.memory.retrieve.direct`, unless the question asks
        about a time; the other plans search alike. Raises UsageError for an attention trained on other features,
        ValueError for a number out of range.
        """
        if plan == "direct":
            params.check()
            allowed = self._selections.allowed(filter)
            with self.store.read():
                if when(self.store, question, self.today(), allowed) is None:
                    found = direct(self.store, self.index, question, vector, params, allowed)
                    return newest_first(self.store, self.index, question, found)
        found = self.retrieve(vector, params, filter=filter)
        if not len(found.hits.keys):
            return found
        allowed = self._selections.allowed(filter)
        trained = (attention or self.ranker.attention) if weights is None else None
        if trained is not None:
            check(trained)

        def ranked(near: RetrievalResult, among: KeySet | None, extra: Sequence[int] = ()) -> RetrievalResult:
            if trained is not None:
                ranking = self._hybrid.attend(question, near, among, params.max_nodes, trained, extra)
                return self._other_languages.placed(question, ranking, among)
            return self._hybrid.fused(question, near, among, params.max_nodes, weights or WEIGHTS, extra)

        with self.store.read():
            asked = when(self.store, question, self.today(), allowed)
            if asked is None:
                return newest_first(self.store, self.index, question, ranked(found, allowed))
            then = KeySet(asked.keys)
            best = ranked(self.index.retrieve(vector, params, then), then).attended.keys[:MAX_OF_TIME]
            return asked.favoured(ranked(found, allowed, best.tolist()), OF_RANKS if trained is None else 1.0)

    @property
    def ranker(self) -> Ranker:
        """The ranker of :meth:`find`, with weights learned on this device, else with the shipped weights.

        The weights are read once. A warning about learned weights that cannot be used is added to :attr:`warnings`.
        """
        if self._ranker is None:
            found = ranker(self.embedder.id)
            self._warnings += [found.warning] if found.warning else []
            self._ranker = found
        return self._ranker

    @property
    def search_params(self) -> SearchParams:
        """Search parameters for questions: tuned on this device, else the defaults. Read once."""
        if self._search_params is None:
            self._search_params = search_params(self.store.path)
        return self._search_params

    def read_tuned(self) -> None:
        """Read the results of ``sanderling tune`` again at the next question."""
        self._ranker = self._search_params = None

    @property
    def candidates(self) -> CandidateGenerator:
        """The generator of the candidates that :meth:`find` ranks; used for training."""
        return self._hybrid.candidates

    @blames
    def search_text(self, query: str, limit: int = 64) -> list[tuple[int, float]]:
        """Find nodes by the words of ``query``; return at most ``limit`` (key, BM25 score) pairs, best first."""
        return self.store.search_text(query, limit)

    @blames
    def nodes(self, keys: Iterable[int] | Keys) -> list[Node]:
        """Return the nodes in the order of ``keys``, without deleted ones."""
        return self.store.nodes(keys)

    @blames
    def stats(self) -> StoreStats:
        """Return the numbers of documents, nodes, edges and bytes."""
        return self.store.stats()

    def close(self) -> None:
        """Save the index and close the file."""
        try:
            with blamed(self.store):
                self.store.words.save(build=True)
                self.index.save()
        finally:
            self.store.close()
