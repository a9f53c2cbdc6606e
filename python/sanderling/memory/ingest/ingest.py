"""Files in, a memory that holds them out. One document is one transaction.

::

    walk ─► load ─► (known by its hash? done) ─► chunk ─► embed (several) ─► topics  slow, reads only, no transaction
                                                                       ▼
                            old state deleted; nodes, vectors, edges written       one transaction

So whatever ends the process, each document is in the memory as it was before or as it is now, never in between.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from ...embedding.contract import Embedder, embed_documents
from ...errors import MissingExtra, UsageError
from ...records import NodeMetadata, NodeSource, Record, Vectors
from ...text.clean import clean, one_line
from ..index import MemoryIndex
from ..link.link import Linker
from ..store.erasure import erase
from ..store.store import Store
from .chunk import Chunk, split
from .metadata import merged
from .read import Document, Unchanged, read
from .walk import File, Skipped, files

PIECES_AT_ONCE = 64
"""Pieces embedded in one call. Of each run of the graph 4 to 5 ms go into unpacking its weights, whatever the batch, so
short documents are embedded together: 20 ms a piece instead of 24. What waits is lost when the process ends, and read
again by the next ingest."""


class IngestProgress(Record):
    """How far an ingest has come."""

    uri: str
    """What was finished last."""
    documents: int
    """Documents looked at so far, unchanged ones included."""
    done_bytes: int
    total_bytes: int


class IngestReport(Record):
    """What an ingest did. The first four count documents."""

    added: int
    changed: int
    unchanged: int
    removed: int
    skipped: tuple[tuple[str, str], ...]
    """(file or line, reason) of what could not be read. What was remembered of it is kept, unless it is empty now."""
    nodes: int
    """Nodes in the memory afterwards."""
    edges: int
    """Edges in the memory afterwards."""
    warnings: tuple[str, ...]
    seconds: float


class Ingest:
    """One run over files or texts."""

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
        """``on_progress`` is called after each document; None: no one watches.

        ``domain`` is that of documents which name none themselves; ``tags`` are given to all, beside their own. They
        hold for what this run reads, and a later run with others, or without, takes the same files in anew.
        """
        self._store = store
        self._index = index
        self._embedder = embedder
        self._on_progress = on_progress
        self._given = NodeMetadata(domain=one_line(domain), tags=merged(tuple(tags)))
        # Stands behind the content's hash, so that a file is unchanged only under the same domain and tags.
        given = msgspec.json.encode((self._given.domain, self._given.tags))
        self._mark = "" if self._given == NodeMetadata() else f"+{sha256(given).hexdigest()[:16]}"
        self.linker = Linker(store, index)
        self._started = time.monotonic()
        self._added = self._changed = self._unchanged = self._removed = 0
        self._skipped: list[tuple[str, str]] = []
        self._warnings: list[str] = []
        self._warned: set[str] = set()
        self._done_bytes = self._total_bytes = 0
        self._waiting: list[tuple[Document, NodeSource, list[Chunk]]] = []

    def paths(self, paths: Sequence[Path], *, prune: bool) -> IngestReport:
        """Take in files and folders. ``prune``: documents below them whose file or line is gone are removed.

        Raises UsageError for a path that is not there, and for a single file that cannot be read; MissingExtra when
        that is for want of its reader; StorageFull when the disk is (documents finished by then are kept).
        """
        for path in paths:
            if not path.exists():
                raise UsageError(f"{path}: no such file or folder")
        found = [item for path in paths for item in files(path, ignore=[self._store.path])]
        self._total_bytes = sum(item.size_bytes for item in found)
        alone = len(paths) == 1 and paths[0].is_file()
        seen: set[str] = set()
        failed: set[str] = set()
        for item in found:
            if isinstance(item, Skipped):
                self._skip(item)
                failed.add(item.uri)
            elif self._file(item, seen, alone):
                failed.add(clean(str(item.path)))
        self._store_waiting()
        if alone and self._skipped and not seen:
            raise UsageError(": ".join(self._skipped[0]))
        if prune:
            self._prune([clean(str(path.resolve())) for path in paths], seen, failed)
        if not found:
            self._warnings.append(f"nothing to read in {', '.join(map(str, paths))}")
        return self._report()

    def document(self, document: Document, source: NodeSource) -> IngestReport:
        """Take in one text."""
        known = self._store.document(document.uri)
        if known is not None and known.content_hash == document.content_hash:
            self._unchanged += 1
        else:
            self._queue(document, source)
            self._store_waiting()
        return self._report()

    def _file(self, file: File, seen: set[str], alone: bool) -> bool:
        """Take in one file; returns whether any of it could not be read."""
        failed = False
        try:
            for item in read(file.path, self._known_hash):
                if isinstance(item, Skipped):
                    self._skip(item)
                    failed = failed or not item.empty
                    continue
                seen.add(item.uri)
                if isinstance(item, Unchanged):
                    self._unchanged += 1
                    self._advance(item.uri, item.size_bytes)
                else:
                    self._queue(item, "kb")
        except MissingExtra as error:
            if alone:
                raise
            self._skip(Skipped(uri=clean(str(file.path)), reason=str(error), size_bytes=file.size_bytes))
            failed = True
        return failed

    def _known_hash(self, uri: str) -> str | None:
        known = self._store.document(uri)
        if known is None:
            return None
        content, plus, given = known.content_hash.partition("+")
        return content if plus + given == self._mark else None

    def _queue(self, document: Document, source: NodeSource) -> None:
        """Cut a document, and store it with those before it when they are enough for the embedder."""
        if any(document.uri == waiting.uri for waiting, _, _ in self._waiting):
            # A file that was named twice.
            self._store_waiting()
            if self._known_hash(document.uri) == document.content_hash:
                self._unchanged += 1
                self._advance(document.uri, document.size_bytes)
                return
        chunks = split(document.text, document.title, self._embedder, markdown=document.markdown)
        self._waiting.append((document, source, chunks))
        if sum(len(chunks) for _, _, chunks in self._waiting) >= PIECES_AT_ONCE:
            self._store_waiting()

    def _store_waiting(self) -> None:
        """Embed and store what waits, each document in a transaction of its own."""
        waiting, self._waiting = self._waiting, []
        texts = [(document.title, [chunk.text for chunk in chunks]) for document, _, chunks in waiting]
        embedded = embed_documents(self._embedder, texts) if waiting else ()
        for (document, source, chunks), (vectors, cut) in zip(waiting, embedded, strict=True):
            self._take(document, source, chunks, vectors, cut)
            self._advance(document.uri, document.size_bytes)

    def _take(self, document: Document, source: NodeSource, chunks: list[Chunk], vectors: Vectors, cut: int) -> None:
        texts = [chunk.text for chunk in chunks]
        if cut:
            self._warnings.append(
                f"{document.uri}: {cut} of {len(texts)} pieces are longer than the {self._embedder.max_tokens} tokens "
                "the embedder reads: they are found by their beginning only"
            )
        self._warn_of(document)
        metadata = msgspec.structs.replace(
            document.metadata,
            domain=document.metadata.domain or self._given.domain,
            tags=merged((*document.metadata.tags, *self._given.tags)),
        )
        known = self._store.document(document.uri)
        topics = self.linker.topics(document.uri, vectors, known.key if known else None)
        with self._store.write() as writer:
            # Again, inside: another process may have been here meanwhile.
            old = self._store.document(document.uri)
            if old is not None:
                self.linker.delete(writer, old)
            new, nodes = writer.add_document(
                document.uri,
                document.title,
                document.content_hash + self._mark,
                texts,
                vectors,
                source=source,
                metadata=metadata,
            )
            starts = [chunk.start for chunk in chunks]

            def node(at: int) -> int:
                return nodes[max(bisect_right(starts, at) - 1, 0)]

            names = [(node(at), name) for at, name in document.names]
            links = [(node(at), target) for at, target in document.links]
            self.linker.add(writer, new, nodes, names=names, links=links)
            self.linker.draw(writer, topics, nodes)
        if old is None:
            self._added += 1
        else:
            self._changed += 1

    def _warn_of(self, document: Document) -> None:
        """Pass on the first of a file: a corpus of a million lines has each of its habits a million times."""
        file = document.uri.partition("#")[0]
        if document.warnings and file not in self._warned:
            self._warned.add(file)
            self._warnings.append(f"{document.uri}: {document.warnings[0]}")

    def _skip(self, item: Skipped) -> None:
        self._skipped.append((item.uri, item.reason))
        if item.empty:
            self._remove([item.uri])
        self._advance(item.uri, item.size_bytes)

    def _prune(self, roots: Iterable[str], seen: set[str], failed: set[str]) -> None:
        """Remove documents below ``roots`` that were not met; those of files that could not be read are kept."""

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
                    self.linker.delete(writer, old)
                    self.linker.draw(writer, topics)
                    self._removed += 1

    def _advance(self, uri: str, size_bytes: int) -> None:
        self._done_bytes += size_bytes
        if self._on_progress is not None:
            documents = self._added + self._changed + self._unchanged
            # A file may grow between the walk and the reading of it.
            total_bytes = max(self._total_bytes, self._done_bytes)
            self._on_progress(
                IngestProgress(uri=uri, documents=documents, done_bytes=self._done_bytes, total_bytes=total_bytes)
            )

    def _report(self) -> IngestReport:
        self._index.catch_up()
        if left := erase(self._store.database):
            self._warnings.append(left)
        return IngestReport(
            added=self._added,
            changed=self._changed,
            unchanged=self._unchanged,
            removed=self._removed,
            skipped=tuple(self._skipped),
            nodes=len(self._index),
            edges=self._index.edge_count,
            warnings=tuple(self._warnings),
            seconds=time.monotonic() - self._started,
        )
