"""The progress and report of an ingest."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import msgspec

from ...records import Record
from ..files.walk import NOT_A_KIND, Skipped
from ..index import MemoryIndex
from ..read.document import Document


class IngestProgress(Record):
    """Progress of an ingest."""

    uri: str
    """Address of the document finished last."""
    documents: int
    """Documents finished so far, including unchanged ones."""
    done_bytes: int
    total_bytes: int


class IngestReport(Record):
    """Result of an ingest. The first four fields count documents, and so do the last three."""

    added: int
    changed: int
    unchanged: int
    removed: int
    skipped: tuple[tuple[str, str], ...]
    """(file or line, reason) of what could not be read. What the memory holds of it is kept, unless it is empty now."""
    warned: tuple[tuple[str, str], ...]
    """(file or line, doubt) of texts read with doubts, one per file; also in ``warnings``."""
    nodes: int
    """Nodes in the memory afterwards."""
    edges: int
    """Edges in the memory afterwards."""
    warnings: tuple[str, ...]
    seconds: float
    unread: dict[str, int] = msgspec.field(default_factory=dict)
    """Number of skipped files without a reader, by suffix, such as {".png": 300}."""
    moved: int = 0
    """Documents whose file was moved or renamed without a change."""
    gone: int = 0
    """Documents kept although their file or line is gone."""
    left_out: int = 0
    """Documents kept although their file is left out now."""

    @property
    def failures(self) -> tuple[tuple[str, str], ...]:
        """The entries of ``skipped`` whose kind of file has a reader."""
        return tuple((uri, reason) for uri, reason in self.skipped if NOT_A_KIND not in reason)


class Tally:
    """The counts, problems and progress of a running ingest."""

    def __init__(self, on_progress: Callable[[IngestProgress], None] | None) -> None:
        """Start all counts at 0. ``on_progress`` is called after each document; None: never."""
        self.added = self.changed = self.unchanged = self.removed = 0
        self.moved = self.gone = self.left_out = 0
        self.unread: Counter[str] = Counter()
        self.total_bytes = 0
        self.skipped: list[tuple[str, str]] = []
        self.warned: list[tuple[str, str]] = []
        self.warnings: list[str] = []
        self._on_progress = on_progress
        self._done_bytes = 0
        self._warned: set[str] = set()
        self._started = time.monotonic()

    def keep(self, uri: str, size_bytes: int) -> None:
        """Count an unchanged document."""
        self.unchanged += 1
        self.advance(uri, size_bytes)

    def skip(self, item: Skipped) -> None:
        """Record a file or line that could not be read."""
        self.skipped.append((item.uri, item.reason))
        if item.kind:
            self.unread[item.kind] += 1
        self.advance(item.uri, item.size_bytes)

    def warn_of(self, document: Document) -> None:
        """Record the warnings of ``document``, unless warnings of its file are recorded already.

        A million lines of one file may all give the same warning.
        """
        file = document.uri.partition("#")[0]
        if document.warnings and file not in self._warned:
            self._warned.add(file)
            self.warn(document.uri, "; ".join(document.warnings))

    def warn(self, uri: str, doubt: str) -> None:
        """Record a doubt about a document that was read."""
        self.warned.append((uri, doubt))
        self.warnings.append(f"{uri}: {doubt}")

    def advance(self, uri: str, size_bytes: int) -> None:
        """Report progress after a document or file of ``size_bytes`` bytes."""
        self._done_bytes += size_bytes
        if self._on_progress is not None:
            documents = self.added + self.changed + self.unchanged + self.moved
            # A file may grow between the walk and the reading of it.
            total_bytes = max(self.total_bytes, self._done_bytes)
            self._on_progress(
                IngestProgress(uri=uri, documents=documents, done_bytes=self._done_bytes, total_bytes=total_bytes)
            )

    def report(self, index: MemoryIndex) -> IngestReport:
        """Return the report, with the numbers of nodes and edges in ``index``."""
        return IngestReport(
            added=self.added,
            changed=self.changed,
            unchanged=self.unchanged,
            removed=self.removed,
            skipped=tuple(self.skipped),
            warned=tuple(self.warned),
            nodes=len(index),
            edges=index.edge_count,
            warnings=tuple(self.warnings),
            seconds=time.monotonic() - self._started,
            unread=dict(self.unread.most_common()),
            moved=self.moved,
            gone=self.gone,
            left_out=self.left_out,
        )
