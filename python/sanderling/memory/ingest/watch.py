"""Keep a memory up to date with a folder whose files change.

::

    told or polled ─► touched paths ─┬─ a file with text: ready ───────────────┐
                                     └─ gone or empty: after a grace, if still ├─► one ingest, one Batch
    all files looked at now and then ──────────────────────────────────────────┘

Editors save in many ways: into the file, through a second file and a rename, by deleting it first. So a batch begins
when nothing has changed for a moment, and what is gone or empty is believed after :data:`GRACE_S`. What is forgotten is
what an ingest with ``prune`` would forget, with the same doubts; a root that is missing, empty or another folder than
before loses nothing, and is waited for.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from ...disk import medium
from ...disk.files import resolved
from ...embedding.contract import Embedder
from ...errors import MemoryFileError, UsageError
from ...records import Record
from ..files.address import Held, names_in
from ..files.ignore import IgnoreFiles
from ..files.walk import SUFFIXES, Walk
from ..index import MemoryIndex
from ..link.link import Linker
from ..store.store import Store
from .changed import TICK_S, Snapshot, are_rules, polled, require_watchfiles, told
from .ingest import Ingest
from .report import IngestProgress, IngestReport

GRACE_S = 1.0
LOOK_S = 60.0
"""Time between two scans of all files, for changes that were not reported: a full queue, a network drive."""
LOOK_SHARE = 0.01
"""Largest share of the time spent on these scans; in a large folder they come less often."""
IDLE_S = 10.0
"""Time without changes after which the words of deleted notes are erased from the disk.

Erasing rewrites the full-text index.
"""


class Batch(Record):
    """The result of one batch of changes."""

    report: IngestReport | None
    """Report of the ingest; None: nothing was ingested, for the reason in ``notice``."""
    paths: tuple[Path, ...] = ()
    """The changed files and folders; empty for an ingest of the whole folder."""
    notice: str = ""
    """A message to the user, such as that the folder is gone."""


class Watch:
    """Follows the changes of one folder."""

    def __init__(
        self,
        store: Store,
        index: MemoryIndex,
        embedder: Embedder,
        root: Path,
        *,
        exclude: Sequence[str] = (),
        domain: str = "",
        tags: Sequence[str] = (),
        poll_s: float | None = None,
        on_progress: Callable[[IngestProgress], None] | None = None,
        on_idle: Callable[[], None] | None = None,
    ) -> None:
        """Prepare to follow ``root``. ``exclude``, ``domain`` and ``tags`` are those of an ingest.

        ``poll_s``: look at all files every so many seconds; None: be told of changes. ``on_progress`` is called during
        the first ingest, ``on_idle`` some time after changes; None: not. Raises UsageError if ``root`` is no folder,
        MissingExtra if nobody can tell of changes, MemoryFileError if the memory cannot be written.
        """
        store.database.require_writable()
        if not root.is_dir():
            raise UsageError(
                f"{root}: no such folder: only a folder can be watched, a file is read by  sanderling ingest"
            )
        if poll_s is None:
            require_watchfiles()
        self._store, self._index, self._embedder = store, index, embedder
        self.root = resolved(root)
        self._exclude, self._domain, self._tags = tuple(exclude), domain, tuple(tags)
        self._poll_s, self._on_progress, self._on_idle = poll_s, on_progress, on_idle
        self._linker = Linker(store, index)
        self._snapshot = Snapshot()
        self._identity = self._seen_identity()
        self._pending: dict[Path, float] = {}
        self._again: set[Path] = set()
        self._idle_due: float | None = None
        self.stop = threading.Event()
        """Set it to end :meth:`run`, from any thread."""

    def run(self, *, prune: bool = False, confirm: Callable[[str], bool] | None = None) -> Iterator[Batch]:
        """Ingest the folder, then yield a batch after each change until :attr:`stop` is set.

        ``prune`` and ``confirm``: those of the first ingest.
        """
        self._snapshot.update(self._walk())  # before the ingest reads: what is written meanwhile is seen as changed
        yield Batch(report=self._ingest().paths([self.root], prune=prune, exclude=self._exclude, confirm=confirm))
        while not self.stop.is_set():
            with closing(self._touched()) as source:
                yield from self._until_gone(source)
            if not self.stop.is_set():
                yield from self._returned()
        self.rest(now=True)

    def _until_gone(self, source: Iterator[set[Path]]) -> Iterator[Batch]:
        """Ingest the changed paths that ``source`` yields, batch by batch, until the root is gone."""
        look_due = 0.0  # at once: what changed before anybody told
        for told_of in source:
            now = time.monotonic()
            if self._seen_identity() != self._identity:
                return
            touched = set(told_of)
            if now >= look_due or any(are_rules(path) for path in touched):
                touched |= self._snapshot.update(self._walk())
                took_s = time.monotonic() - now
                look_due = now + max(LOOK_S, took_s / LOOK_SHARE)
            if touched or self._pending or self._again:
                yield from self._taken(touched)
            self.rest()

    def rest(self, *, now: bool = False) -> None:
        """Erase the words of deleted notes from the disk. ``now`` False: only if nothing has changed for some time."""
        if self._idle_due is not None and (now or time.monotonic() >= self._idle_due):
            self._idle_due = None
            self._store.erase()  # a later call repeats what failed
            if self._on_idle is not None:
                self._on_idle()

    def _touched(self) -> Generator[set[Path]]:
        if self._poll_s is not None:
            return polled(self._snapshot, self._walk, self._poll_s, self.stop)
        return told(self.root, self.stop)

    def _taken(self, touched: set[Path]) -> Iterator[Batch]:
        """Add the ``touched`` paths to the waiting ones, and ingest the paths that are ready."""
        walk, now = self._walk(), time.monotonic()
        for path in touched:
            if self._concerns(walk, path):
                self._pending.setdefault(path, now)
        ready = {path for path, since in self._pending.items() if _has_text(path) or now - since >= GRACE_S}
        for path in ready:
            del self._pending[path]
            self._snapshot.note(path)
        # Most of what is gone was an editor's second file, of which the memory holds nothing.
        ready = {path for path in ready if path.exists() or walk.holds(path)} | self._again
        if ready:
            yield from self._ingested(walk, sorted(ready))

    def _ingested(self, walk: Walk, paths: list[Path]) -> Iterator[Batch]:
        try:
            report = self._ingest().changes(walk, paths)
        except MemoryFileError as error:
            if medium.code(error.__cause__) != sqlite3.SQLITE_BUSY:
                raise
            if not self._again:
                yield Batch(report=None, notice=f"{error}; trying again")
            self._again.update(paths)
            return
        self._again.clear()
        if report.changed or report.removed or report.moved:
            self._idle_due = time.monotonic() + IDLE_S
        if report.added or report.changed or report.removed or report.moved or report.skipped or report.warnings:
            yield Batch(report=report, paths=tuple(paths))

    def _returned(self) -> Iterator[Batch]:
        """Wait until the root exists and is not empty, and ingest what changed meanwhile."""
        kept = len(Held(document.uri for document in self._store.documents()).below(self._walk().address))
        if self._seen_identity() is None and kept:
            yield Batch(
                report=None,
                notice=f"{self.root} is empty or not there any more: its {kept:,} notes are kept, and it is waited for",
            )
        while self._seen_identity() is None:
            if self.stop.wait(TICK_S):
                return
        self._identity = self._seen_identity()
        self._pending.clear()
        if kept:
            yield Batch(report=None, notice=f"{self.root} is there again")
        self._snapshot.update(self._walk())
        yield from self._ingested(self._walk(), [self.root])

    def _seen_identity(self) -> tuple[int, int] | None:
        """Return the device and inode number of the root; None if the root is missing or empty."""
        try:
            status = self.root.stat()
        except OSError:
            return None
        return (status.st_dev, status.st_ino) if names_in(self.root) else None

    def _concerns(self, walk: Walk, path: Path) -> bool:
        """Whether ``path`` may be, or may have been, a file to read or a folder of such files."""
        if not path.is_relative_to(self.root) or walk.is_own(path):
            return False
        if path.suffix.lower() not in SUFFIXES and path.exists() and not path.is_dir():
            return False
        rules = walk.rules.of(path.parent) if path != self.root else walk.rules.at_root
        return rules is not None and not rules.leave_out(path.name, is_folder=path.is_dir())

    def _walk(self) -> Walk:
        held = Held(document.uri for document in self._store.documents())
        return Walk(self.root, [self._store.path], IgnoreFiles(self.root, self._exclude), held)

    def _ingest(self) -> Ingest:
        return Ingest(
            self._store,
            self._index,
            self._embedder,
            self._on_progress,
            domain=self._domain,
            tags=self._tags,
            linker=self._linker,
        )


def _has_text(path: Path) -> bool:
    """Whether ``path`` is a folder, or a file that is not empty."""
    try:
        return path.is_dir() or path.stat().st_size > 0
    except OSError:
        return False
