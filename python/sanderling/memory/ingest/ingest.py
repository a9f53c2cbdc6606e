"""Ingest files and texts into a memory, one transaction per document.

::

    walk ─► read ─► (hash known? done) ─► chunk ─► embed (several) ─► topics     slow, reads only, no transaction
                                                                        ▼
                    old document deleted; nodes, vectors and edges written       one transaction

Whatever ends the process, each document is in the memory as it was before or as it is now, never in between.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from ...disk.files import resolved
from ...embedding.contract import Embedder, embed_documents
from ...errors import MissingExtra, UsageError
from ...records import NodeMetadata, NodeSource, Vectors
from ...text.clean import one_line
from ..files.address import Held, Presence, address_from_root, covered
from ..files.ignore import IgnoreFiles
from ..files.walk import File, Skipped, Walk, address_of
from ..index import MemoryIndex
from ..link.link import Linker
from ..link.removal import remove
from ..read.document import Document, Unchanged
from ..read.metadata import merged
from ..read.read import read
from ..store.store import Store
from ..store.writer import StoredDocument
from .chunk import Chunk, split
from .moved import AT_ONCE, Moves
from .prune import counted, gone_below, judged, notes
from .report import IngestProgress, IngestReport, Tally

CHUNKS_AT_ONCE = 64
"""Chunks embedded in one call. Each run of the graph takes 4 to 5 ms to unpack its weights, whatever the batch, so
documents are embedded together: 20 ms a chunk instead of 24. Documents that wait are lost when the process ends, and
read again by the next ingest."""
READERS = 2
"""Version of the readers; a new version makes the next ingest read all files again.

Memories of format 2 carry no such number.
"""


class Ingest:
    """One ingest of files or texts into a memory."""

    def __init__(
        self,
        store: Store,
        index: MemoryIndex,
        embedder: Embedder,
        on_progress: Callable[[IngestProgress], None] | None = None,
        *,
        domain: str = "",
        tags: Sequence[str] = (),
        linker: Linker | None = None,
    ) -> None:
        """Prepare an ingest into ``store`` and ``index``; ``embedder`` makes the vectors.

        ``on_progress`` is called after each document; None: never. ``domain`` is set on documents without one of their
        own; ``tags`` are added to those of every document. A later run with others, or without, ingests the same files
        again. ``linker``: that of an earlier ingest, which knows the names already; None: a new one.
        """
        self._store = store
        self._index = index
        self._embedder = embedder
        self._given = NodeMetadata(domain=one_line(domain), tags=merged(tuple(tags)))
        # Appended to the hash of the content, so that a file is unchanged only under the same readers, domain and tags.
        given = msgspec.json.encode((self._given.domain, self._given.tags))
        self._mark = f"+{READERS}" + ("" if self._given == NodeMetadata() else f"+{sha256(given).hexdigest()[:16]}")
        self.linker = linker or Linker(store, index)
        self._tally = Tally(on_progress)
        self._waiting: list[tuple[Document, NodeSource, list[Chunk]]] = []
        self._roots: list[Path] = []
        self._held: set[str] | None = None

    def paths(
        self,
        paths: Sequence[Path],
        *,
        prune: bool = False,
        exclude: Sequence[str] = (),
        confirm: Callable[[str], bool] | None = None,
    ) -> IngestReport:
        """Ingest files and folders. ``prune``: remove the documents below them whose file or line is gone or left out.

        ``exclude``: patterns of what to leave out, as in ``.gitignore``. ``confirm`` is asked before a prune that looks
        like an unmounted medium (:func:`~sanderling.memory.ingest.prune.doubt`); None: refuse it. Raises UsageError for
        that, after all else is done, for a path that does not exist, and for a single file that cannot be read;
        MissingExtra if only its reader is missing; StorageFull when the disk is full (documents finished by then are
        kept).
        """
        held = self._all_held()
        there = [path for path in paths if _exists(path) or not self._missing(path, held, prune)]
        walks = [self._walk(path, exclude, held) for path in there]
        self._roots = [walk.root for walk in walks]
        found = [item for walk in walks for item in walk.files()]
        alone = len(paths) == 1 and paths[0].is_file()
        roots = [walk.address for walk in walks]
        roots += [address_of(resolved(path)) for path in paths if path not in there]
        seen, failed = self._take_in(found, roots, held, alone)
        if alone and self._tally.skipped and not seen:
            raise UsageError(": ".join(self._tally.skipped[0]))
        for walk in walks:
            self._tally.warnings += walk.rules.warnings
        if not found:
            self._tally.warnings.append(f"nothing to read in {', '.join(map(str, paths))}")
        gone = gone_below(self._store, roots, seen, failed)
        refused = self._prune(gone, confirm) if prune else ""
        if not prune:
            self._tally.gone, self._tally.left_out = counted(gone)
        report = self._report()
        if refused:
            raise UsageError(refused)
        return report

    def changes(self, walk: Walk, paths: Iterable[Path]) -> IngestReport:
        """Ingest changed files at and below ``paths``, and forget deleted files.

        Where that looks like an unmounted medium, nothing is forgotten, and a warning says so. The words of deleted
        notes stay on the disk until the store erases them. All paths are at or below the root of ``walk``.
        """
        self._roots = [walk.root]
        held = self._all_held()
        touched = {path: address_from_root(path, held) for path in paths}
        # A folder may be among them together with files in it.
        found = {item.uri: item for path in touched for item in walk.files_at(path)}
        seen, failed = self._take_in(list(found.values()), list(touched.values()), held, alone=False)
        presence = Presence()
        # The file of a document is gone, or was read and holds it no more; one that is left out now is kept.
        gone = {
            uri: None
            for uris in gone_below(self._store, touched.values(), seen, failed).values()
            for uri in uris
            if covered(uri, found) or not presence.has_file(uri)
        }
        refused = self._prune({walk.address: list(gone)}, None)
        if refused:
            self._tally.warnings.append(refused)
        return self._report(erase=False)

    def _walk(self, path: Path, exclude: Sequence[str], held: Held) -> Walk:
        return Walk(path, [self._store.path], IgnoreFiles(resolved(path), exclude), held)

    def _missing(self, path: Path, held: Held, prune: bool) -> bool:
        """Return True if ``path``, which does not exist, may be pruned. Raises UsageError if not."""
        kept = len(held.below(address_of(resolved(path))))
        if not prune and not kept:
            raise UsageError(f"{path}: no such file or folder")
        if not prune:
            raise UsageError(
                f"{path}: no such file or folder; {notes(kept)} of it are kept: if it is gone for good, run  "
                f"sanderling memory forget {path}"
            )
        if not kept:
            self._tally.warnings.append(f"{path}: no such file or folder, and the memory holds nothing of it")
        return True

    def _take_in(
        self, found: Sequence[File | Skipped], roots: Sequence[str], held: Held, alone: bool
    ) -> tuple[set[str], set[str]]:
        """Ingest the files in ``found``; return the addresses of their documents and of all failures.

        Files at new addresses come first: what was moved must be known before another file replaces it.
        """
        self._tally.total_bytes = sum(item.size_bytes for item in found)
        walked = {item.uri for item in found}
        moves = Moves(self._store, roots, walked)
        seen: set[str] = set()
        failed: set[str] = set()
        for is_known in (False, True):
            for item in found:
                if (isinstance(item, File) and item.uri in held) is not is_known:
                    continue
                if isinstance(item, Skipped):
                    self._skip(item)
                    failed.add(item.uri)
                elif self._file(item, seen, alone, moves):
                    failed.add(item.uri)
            self._store_moves(moves)
        self._store_waiting()
        return seen, failed

    def document(self, document: Document, source: NodeSource) -> IngestReport:
        """Ingest one document, with ``source`` as the source of its nodes."""
        if self._known_hash(document.uri) == document.content_hash:
            self._tally.unchanged += 1
        else:
            self._queue(document, source)
            self._store_waiting()
        return self._report()

    def _file(self, file: File, seen: set[str], alone: bool, moves: Moves) -> bool:
        """Ingest one file; return whether any part of it could not be read."""
        failed = False
        try:
            for item in self._read(file):
                if isinstance(item, Skipped):
                    self._skip(item)
                    failed = failed or not item.empty
                    continue
                seen.add(item.uri)
                if isinstance(item, Unchanged):
                    self._tally.keep(item.uri, item.size_bytes)
                elif not self._is_moved(item, moves):
                    self._queue(item, "kb")
        except MissingExtra as error:
            if alone:
                raise
            self._skip(Skipped(uri=file.uri, reason=str(error), size_bytes=file.size_bytes))
            failed = True
        return failed

    def _read(self, file: File) -> Iterator[Document | Unchanged | Skipped]:
        """Read a file as documents, with addresses at ``file.uri``.

        That differs from the normalised path if another file in the folder has the same normalised name.
        """
        plain = address_of(file.path)
        several = len(self._roots) > 1
        root = next((each for each in self._roots if not several or file.path.is_relative_to(each)), None)
        if file.uri == plain:
            yield from read(file.path, self._known_hash, root)
            return

        def own(uri: str) -> str:
            return file.uri + uri.removeprefix(plain)

        for item in read(file.path, lambda uri: self._known_hash(own(uri)), root):
            yield msgspec.structs.replace(item, uri=own(item.uri))

    def _is_moved(self, document: Document, moves: Moves) -> bool:
        """Move a stored document to the address of ``document``; return False if none was moved."""
        if not moves.may_have(document) or self._store.document(document.uri) is not None:
            return False
        old = moves.source_of(document)
        if old is None:
            return False

        def cut() -> list[Chunk]:
            nodes = self._store.nodes(self._store.document_nodes(old.key)[:1])
            names = nodes[0].metadata.names if nodes else ""
            metadata = msgspec.structs.replace(document.metadata, names=names)
            head = msgspec.structs.replace(document, title=old.title, metadata=metadata).head
            return split(document.text, head, self._embedder, markdown=document.markdown)

        return moves.keep(old, document, self._metadata(document), self._mark, cut)

    def _store_moves(self, moves: Moves) -> None:
        found, moves.found = moves.found, []
        for start in range(0, len(found), AT_ONCE):
            for move in moves.store(self.linker, found[start : start + AT_ONCE]):
                self._tally.moved += 1
                self._tally.advance(move.uri, move.size_bytes)

    def _all_held(self) -> Held:
        """Return the addresses in the memory, and keep them for :meth:`_known`."""
        self._held = {document.uri for document in self._store.documents()}
        return Held(self._held)

    def _known(self, uri: str) -> StoredDocument | None:
        """Return the document stored at ``uri``; None if there is none or another process has just stored it."""
        return None if self._held is not None and uri not in self._held else self._store.document(uri)

    def _known_hash(self, uri: str) -> str | None:
        known = self._known(uri)
        if known is None:
            return None
        content, plus, given = known.content_hash.partition("+")
        return content if plus + given == self._mark else None

    def _queue(self, document: Document, source: NodeSource) -> None:
        """Cut a document into chunks and queue it; store the queue once it fills one embedder call."""
        if any(document.uri == waiting.uri for waiting, _, _ in self._waiting):
            # A file that was named twice.
            self._store_waiting()
            if self._known_hash(document.uri) == document.content_hash:
                self._tally.keep(document.uri, document.size_bytes)
                return
        chunks = split(document.text, document.head, self._embedder, markdown=document.markdown)
        self._waiting.append((document, source, chunks))
        if sum(len(chunks) for _, _, chunks in self._waiting) >= CHUNKS_AT_ONCE:
            self._store_waiting()

    def _store_waiting(self) -> None:
        """Embed and store the queued documents, each in its own transaction."""
        waiting, self._waiting = self._waiting, []
        texts = [(document.head, [chunk.text for chunk in chunks]) for document, _, chunks in waiting]
        embedded = embed_documents(self._embedder, texts) if waiting else ()
        for (document, source, chunks), (vectors, cut) in zip(waiting, embedded, strict=True):
            if cut:
                self._tally.warn(
                    document.uri,
                    f"{cut} of {len(chunks)} pieces are longer than the {self._embedder.max_tokens} "
                    "tokens the embedder reads: they are found by their beginning only",
                )
            self._tally.warn_of(document)
            self._store_one(document, source, chunks, vectors)
            self._tally.advance(document.uri, document.size_bytes)

    def _store_one(self, document: Document, source: NodeSource, chunks: list[Chunk], vectors: Vectors) -> None:
        """Store a document in place of its older version, and link it."""
        metadata = self._metadata(document)
        known = self._known(document.uri)
        topics = self.linker.topics(document.uri, vectors, known.key if known else None)
        with self._store.write() as writer:
            # Again, inside: another process may have been here meanwhile.
            old = self._store.document(document.uri)
            if old is not None and old.content_hash == document.content_hash + self._mark:
                self._tally.unchanged += 1
                return
            with self.linker.change(writer, topics) as change:
                if old is not None:
                    change.delete(old)
                new, nodes = writer.add_document(
                    document.uri,
                    document.title,
                    document.content_hash + self._mark,
                    [chunk.text for chunk in chunks],
                    vectors,
                    source=source,
                    metadata=metadata,
                )
                starts = [chunk.start for chunk in chunks]

                def node(at: int) -> int:
                    return nodes[max(bisect_right(starts, at) - 1, 0)]

                names = [(node(at), name) for at, name in document.names]
                links = [(node(at), target) for at, target in document.links]
                change.add(new, nodes, names=names, links=links)
        if self._held is not None:
            self._held.add(document.uri)
        if old is None:
            self._tally.added += 1
        else:
            self._tally.changed += 1

    def _metadata(self, document: Document) -> NodeMetadata:
        """Return the metadata of a document's nodes, with the domain and tags of this ingest."""
        return msgspec.structs.replace(
            document.metadata,
            domain=document.metadata.domain or self._given.domain,
            tags=merged((*document.metadata.tags, *self._given.tags)),
        )

    def _skip(self, item: Skipped) -> None:
        if item.empty:
            self._remove([item.uri])
        self._tally.skip(item)

    def _prune(self, gone: Mapping[str, Sequence[str]], confirm: Callable[[str], bool] | None) -> str:
        """Remove the documents in ``gone``, grouped by root; return why some were kept, or ""."""
        certain, refused = judged(self._store, gone, confirm)
        self._remove(certain)
        return refused

    def _remove(self, uris: Iterable[str]) -> None:
        self._tally.removed += remove(self._store, self.linker, uris)

    def _report(self, *, erase: bool = True) -> IngestReport:
        self._index.catch_up()
        if erase and (left := self._store.erase()):
            self._tally.warnings.append(left)
        return self._tally.report(self._index)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
