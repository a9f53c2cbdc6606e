"""Ingest files and texts into a memory, with one transaction for each document.

::

    walk ─► read ─► (hash known? done) ─► chunk ─► embed (several) ─► topics     slow, reads only, no transaction
                                                                        ▼
                    old document deleted; nodes, vectors and edges written       one transaction

Whatever ends the process, each document is in the memory as it was before or as it is now, never in between.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from ...embedding.contract import Embedder, embed_documents
from ...errors import MissingExtra, UsageError
from ...records import NodeMetadata, NodeSource, Vectors
from ...text.clean import one_line
from ..index import MemoryIndex
from ..link.link import Linker
from ..store.store import Store
from .chunk import Chunk, split
from .document import Document, Unchanged
from .metadata import merged
from .read import read
from .report import IngestProgress, IngestReport, Tally
from .walk import File, Skipped, address_of, files

CHUNKS_AT_ONCE = 64
"""Chunks embedded in one call. Each run of the graph takes 4 to 5 ms to unpack its weights, whatever the batch, so
documents are embedded together: 20 ms a chunk instead of 24. Documents that wait are lost when the process ends, and
read again by the next ingest."""


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
    ) -> None:
        """Prepare an ingest into ``store`` and ``index``; ``embedder`` makes the vectors.

        ``on_progress`` is called after each document; None: never. ``domain`` is set on documents without one of their
        own; ``tags`` are added to those of every document. A later run with others, or without, ingests the same files
        again.
        """
        self._store = store
        self._index = index
        self._embedder = embedder
        self._given = NodeMetadata(domain=one_line(domain), tags=merged(tuple(tags)))
        # Appended to the hash of the content, so that a file is unchanged only under the same domain and tags.
        given = msgspec.json.encode((self._given.domain, self._given.tags))
        self._mark = "" if self._given == NodeMetadata() else f"+{sha256(given).hexdigest()[:16]}"
        self.linker = Linker(store, index)
        self._tally = Tally(on_progress)
        self._waiting: list[tuple[Document, NodeSource, list[Chunk]]] = []
        self._roots: list[Path] = []

    def paths(self, paths: Sequence[Path], *, prune: bool) -> IngestReport:
        """Ingest files and folders. ``prune``: remove the documents below them whose file or line is gone.

        Raises UsageError for a path that does not exist, and for a single file that cannot be read; MissingExtra if
        only its reader is missing; StorageFull when the disk is full (documents finished by then are kept).
        """
        for path in paths:
            if not path.exists():
                raise UsageError(f"{path}: no such file or folder")
        found = [item for path in paths for item in files(path, ignore=[self._store.path])]
        self._tally.total_bytes = sum(item.size_bytes for item in found)
        self._roots = [path.resolve() for path in paths]
        alone = len(paths) == 1 and paths[0].is_file()
        seen: set[str] = set()
        failed: set[str] = set()
        for item in found:
            if isinstance(item, Skipped):
                self._skip(item)
                failed.add(item.uri)
            elif self._file(item, seen, alone):
                failed.add(address_of(item.path))
        self._store_waiting()
        if alone and self._tally.skipped and not seen:
            raise UsageError(": ".join(self._tally.skipped[0]))
        if prune:
            self._prune([address_of(path.resolve()) for path in paths], seen, failed)
        if not found:
            self._tally.warnings.append(f"nothing to read in {', '.join(map(str, paths))}")
        return self._report()

    def document(self, document: Document, source: NodeSource) -> IngestReport:
        """Ingest one document, and set ``source`` on its nodes."""
        known = self._store.document(document.uri)
        if known is not None and known.content_hash == document.content_hash:
            self._tally.unchanged += 1
        else:
            self._queue(document, source)
            self._store_waiting()
        return self._report()

    def _file(self, file: File, seen: set[str], alone: bool) -> bool:
        """Ingest one file; return whether any part of it could not be read."""
        failed = False
        try:
            root = next((root for root in self._roots if file.path.is_relative_to(root)), None)
            for item in read(file.path, self._known_hash, root):
                if isinstance(item, Skipped):
                    self._skip(item)
                    failed = failed or not item.empty
                    continue
                seen.add(item.uri)
                if isinstance(item, Unchanged):
                    self._tally.keep(item.uri, item.size_bytes)
                else:
                    self._queue(item, "kb")
        except MissingExtra as error:
            if alone:
                raise
            self._skip(Skipped(uri=address_of(file.path), reason=str(error), size_bytes=file.size_bytes))
            failed = True
        return failed

    def _known_hash(self, uri: str) -> str | None:
        known = self._store.document(uri)
        if known is None:
            return None
        content, plus, given = known.content_hash.partition("+")
        return content if plus + given == self._mark else None

    def _queue(self, document: Document, source: NodeSource) -> None:
        """Cut a document into chunks and queue it; store all queued documents once they fill one embedder call."""
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
        """Embed and store the waiting documents, each in a transaction of its own."""
        waiting, self._waiting = self._waiting, []
        texts = [(document.head, [chunk.text for chunk in chunks]) for document, _, chunks in waiting]
        embedded = embed_documents(self._embedder, texts) if waiting else ()
        for (document, source, chunks), (vectors, cut) in zip(waiting, embedded, strict=True):
            if cut:
                self._tally.warnings.append(
                    f"{document.uri}: {cut} of {len(chunks)} pieces are longer than the {self._embedder.max_tokens} "
                    "tokens the embedder reads: they are found by their beginning only"
                )
            self._tally.warn_of(document)
            self._store_one(document, source, chunks, vectors)
            self._tally.advance(document.uri, document.size_bytes)

    def _store_one(self, document: Document, source: NodeSource, chunks: list[Chunk], vectors: Vectors) -> None:
        """Store a document in place of its older version, and link it."""
        metadata = msgspec.structs.replace(
            document.metadata,
            domain=document.metadata.domain or self._given.domain,
            tags=merged((*document.metadata.tags, *self._given.tags)),
        )
        known = self._store.document(document.uri)
        topics = self.linker.topics(document.uri, vectors, known.key if known else None)
        with self._store.write() as writer, self.linker.change(writer, topics) as change:
            # Again, inside: another process may have been here meanwhile.
            old = self._store.document(document.uri)
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
        if old is None:
            self._tally.added += 1
        else:
            self._tally.changed += 1

    def _skip(self, item: Skipped) -> None:
        if item.empty:
            self._remove([item.uri])
        self._tally.skip(item)

    def _prune(self, roots: Iterable[str], seen: set[str], failed: set[str]) -> None:
        """Remove the documents below ``roots`` that are not in ``seen``, except those of the files in ``failed``."""

        def below(uri: str, folder: str) -> bool:
            return uri == folder or uri.startswith((folder.rstrip("/") + "/", folder + "#"))

        gone = [document.uri for document in self._store.documents() if document.uri not in seen]
        gone = [uri for uri in gone if any(below(uri, root) for root in roots)]
        self._remove(uri for uri in gone if not any(below(uri, kept) for kept in failed))

    def _remove(self, uris: Iterable[str]) -> None:
        for uri in uris:
            known = self._store.document(uri)
            if known is None:
                continue
            topics = self.linker.topics(uri, None, known.key)
            with self._store.write() as writer:
                old = self._store.document(uri)
                if old is not None:
                    with self.linker.change(writer, topics) as change:
                        change.delete(old)
                    self._tally.removed += 1

    def _report(self) -> IngestReport:
        self._index.catch_up()
        if left := self._store.erase():
            self._tally.warnings.append(left)
        return self._tally.report(self._index)
