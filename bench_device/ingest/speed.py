"""Measure the speed of ingest relative to the embedder alone, and the time that linking adds.

Documents are taken in slices. Each slice is processed three ways, in changing order: the embedder embeds the ingest's
chunks in one call; a memory that holds the earlier slices ingests it; and so does a second memory without linking.
Slowdowns of the machine thus affect all three. Ratios are computed within slices, and the results are their medians.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from ...device.machine import machine_block
from ...embedding.contract import embedded_text
from ...errors import UsageError
from ...memory import Embedder, Memory
from ...memory.ingest.chunk import split
from ...memory.ingest.ingest import Ingest
from ...memory.link.change import Change
from ...memory.link.link import Linker
from ...memory.link.topics import Topics
from ...memory.read.document import Document
from ...memory.read.read import read
from ...memory.store.writer import StoredDocument
from ...records import Record, Vectors
from ..ann.measure import in_turn
from ..interruptible import Interruptible

SLICE = 100
"""Documents per slice; they take some seconds, so the three parts of a slice run under similar conditions."""

Progress = Callable[[int, int, str], None]


class Seconds(Record):
    """Wall and CPU seconds that one way of processing a slice took."""

    wall: float
    cpu: float


class Slice(Record):
    """One slice of documents, with its number of chunks and its processing times.

    Each way of processing has a time.
    """

    pieces: int
    embedder: Seconds
    ingest: Seconds
    unlinked: Seconds


class IngestSpeed(Record):
    """Speed of ingesting one corpus, compared with the embedder alone."""

    machine: dict[str, object]
    name: str
    embedder: str
    slices: tuple[Slice, ...]
    pieces: int
    nodes: int
    edges: dict[str, int]
    embedder_per_s: float
    """Chunks embedded per second; like all fields below, the median over slices."""
    ingest_per_s: float
    share: float
    """Speed of ingest relative to the embedder; 1: no overhead."""
    share_cpu: float
    linking: float
    """Time that linking adds, relative to ingest without it; .1: a tenth."""
    linking_cpu: float
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""


class Unlinking(Change):
    """A change that draws no edges."""

    def add(self, document: StoredDocument, nodes: Sequence[int], **_: object) -> None:
        """Do nothing, so the document gets no edges."""

    def _draw(self) -> None:
        pass


class Unlinked(Linker):
    """A linker that draws no edges."""

    change_type = Unlinking

    def topics(self, uri: str, vectors: Vectors | None, replaced: int | None) -> Topics:
        """Return empty topics."""
        return Topics([], [], [])


def measure(corpus: Path, embedder: Embedder, *, limit: int | None = None, on_progress: Progress) -> IngestSpeed:
    """Measure the ingest of the ``.jsonl`` file ``corpus``, or of its first ``limit`` lines.

    Raises UsageError if the file does not exist.
    """
    if not corpus.is_file():
        raise UsageError(f"{corpus}: no such file; give a folder with corpus.jsonl")
    lines = [line for line in corpus.read_bytes().splitlines(keepends=True) if line.strip()][:limit]
    parts = [lines[start : start + SLICE] for start in range(0, len(lines), SLICE)]
    slices: list[Slice] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        memories = [stack.enter_context(Memory.open(folder / name, embedder)) for name in ("linked", "unlinked")]
        runs = [Ingest(memory.store, memory.index, embedder) for memory in memories]
        runs[1].linker = Unlinked(memories[1].store, memories[1].index)
        with Interruptible() as stop:
            for number, part in enumerate(parts):
                on_progress(number, len(parts), corpus.parent.name)
                path = folder / f"{number}.jsonl"
                path.write_bytes(b"".join(part))
                slices.append(_slice(path, embedder, runs, number))
        stop.require(slices)
        stats = memories[0].stats()
    return IngestSpeed(
        machine=machine_block(),
        name=corpus.parent.name,
        embedder=embedder.id,
        slices=tuple(slices),
        pieces=sum(each.pieces for each in slices),
        nodes=stats.nodes,
        edges=stats.edges_by_relation,
        embedder_per_s=statistics.median(each.pieces / each.embedder.wall for each in slices),
        ingest_per_s=statistics.median(each.pieces / each.ingest.wall for each in slices),
        share=statistics.median(each.embedder.wall / each.ingest.wall for each in slices),
        share_cpu=statistics.median(each.embedder.cpu / each.ingest.cpu for each in slices),
        linking=statistics.median(each.ingest.wall / each.unlinked.wall - 1 for each in slices),
        linking_cpu=statistics.median(each.ingest.cpu / each.unlinked.cpu - 1 for each in slices),
        interrupted=stop.came,
    )


def _slice(path: Path, embedder: Embedder, runs: Sequence[Ingest], turn: int) -> Slice:
    documents = [document for document in read(path, lambda _: None) if isinstance(document, Document)]
    pieces = [
        embedded_text(document.title, chunk.text)
        for document in documents
        for chunk in split(document.text, document.title, embedder, markdown=document.markdown)
    ]
    ways: dict[str, Callable[[], object]] = {
        "embedder": lambda: embedder.embed(pieces),
        "ingest": lambda: runs[0].paths([path], prune=False),
        "unlinked": lambda: runs[1].paths([path], prune=False),
    }
    took = {way: _time(ways[way]) for way in in_turn(list(ways), turn)}
    return Slice(pieces=len(pieces), **took)


def _time(work: Callable[[], object]) -> Seconds:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Seconds(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)
