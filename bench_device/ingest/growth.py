"""Measure linking time while a memory grows by generated documents, and search time at the end.

Vectors are precomputed for documents and questions, so embedding is excluded: a search covers everything from the
question's vector to the nodes found.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ...device.machine import machine_block
from ...memory import Memory
from ...memory.index import MemoryIndex
from ...memory.ingest.ingest import Ingest
from ...memory.ingest.report import IngestProgress
from ...memory.link.change import Change
from ...memory.link.link import Linker
from ...memory.link.topics import Topics
from ...memory.store.store import Store
from ...memory.store.writer import StoredDocument, Writer
from ...records import Record, Vectors
from ...text.name_trie import Name
from ..interruptible import Interruptible
from ..metrics.percentiles import Percentiles, percentiles
from .generated import Generated
from .speed import Progress

STEPS = 10


class Step(Record):
    """CPU times of the process for one tenth of the documents."""

    documents: int
    """Documents in the memory at the end of the step."""
    linking_ms: float
    """Mean linking time per document: finding neighbours and drawing edges."""
    rest_ms: float
    """Mean time per document for reading, chunking, storing and indexing."""


class Growth(Record):
    """All steps of the growth, and the search times at its end."""

    machine: dict[str, object]
    documents: int
    seed: int
    edges: dict[str, int]
    steps: tuple[Step, ...]
    questions: int
    retrieve_ms: Percentiles | None
    """Times of vector search and attention; None, like ``find_ms``, if interrupted before the first question."""
    find_ms: Percentiles | None
    """Times of the complete search, which fuses vectors, attention, words, titles and citations."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""


class TimedChange(Change):
    """A change that measures the CPU seconds spent adding documents."""

    seconds = 0.0

    def add(
        self,
        document: StoredDocument,
        nodes: Sequence[int],
        *,
        names: Iterable[tuple[int, Name]],
        links: Sequence[tuple[int, str]],
    ) -> None:
        """Add a document, and increase ``seconds`` by the CPU time needed."""
        began = time.process_time()
        super().add(document, nodes, names=names, links=links)
        self.seconds += time.process_time() - began


class TimedLinker(Linker):
    """A linker that measures the CPU seconds spent linking."""

    change_type = TimedChange

    def __init__(self, store: Store, index: MemoryIndex | None) -> None:
        """Create a linker whose measured time starts at 0."""
        super().__init__(store, index)
        self.seconds = 0.0

    def topics(self, uri: str, vectors: Vectors | None, replaced: int | None) -> Topics:
        """Call ``Linker.topics``, measure its CPU time, and return its result."""
        # The index takes in what came before at its next use; that is no part of linking.
        if self._index is not None:
            self._index.catch_up()
        began = time.process_time()
        found = super().topics(uri, vectors, replaced)
        self.seconds += time.process_time() - began
        return found

    @contextmanager
    def change(self, writer: Writer, topics: Topics | None = None) -> Iterator[Change]:
        """Open a change, and add the CPU time of linking in it to ``seconds``.

        The ingest's other work is not counted.
        """
        began = time.process_time()
        with super().change(writer, topics) as change:
            self.seconds += time.process_time() - began
            yield change
            began = time.process_time()
        self.seconds += time.process_time() - began
        if isinstance(change, TimedChange):
            self.seconds += change.seconds


def grow(documents: int, questions: int, *, seed: int, on_progress: Progress, keep: Path | None = None) -> Growth:
    """Build a memory of generated documents, search it, and return the times.

    ``keep``: where to leave the memory; None: it is deleted.
    """
    generated = Generated(documents, questions, seed)
    with TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.jsonl"
        with corpus.open("wb") as file:
            file.writelines(generated.lines())
        with Memory.open(keep or Path(folder) / "memory", generated) as memory:
            steps: list[Step] = []
            took_ms: list[tuple[float, float]] = []
            with Interruptible() as stop:
                _ingest(memory, generated, corpus, documents, steps, on_progress)
                memory.find("once, for what is read at the first question", generated.queries[0])
                for number, (question, vector) in enumerate(generated.questions()):
                    on_progress(number, questions, "questions")
                    began = time.perf_counter()
                    memory.retrieve(vector)
                    between = time.perf_counter()
                    memory.find(question, vector)
                    took_ms.append((1e3 * (between - began), 1e3 * (time.perf_counter() - between)))
            stop.require(steps)
            edges = memory.stats().edges_by_relation
    return Growth(
        machine=machine_block(),
        documents=documents,
        seed=seed,
        edges=edges,
        steps=tuple(steps),
        questions=len(took_ms),
        retrieve_ms=percentiles([retrieve for retrieve, _ in took_ms]) if took_ms else None,
        find_ms=percentiles([find for _, find in took_ms]) if took_ms else None,
        interrupted=stop.came,
    )


def _ingest(
    memory: Memory, generated: Generated, corpus: Path, documents: int, steps: list[Step], on_progress: Progress
) -> None:
    """Ingest all documents; append each finished step to ``steps``."""
    linker = TimedLinker(memory.store, memory.index)
    last = (0, 0.0, time.process_time())

    def step(progress: IngestProgress) -> None:
        nonlocal last
        done = progress.documents
        if done >= documents * (len(steps) + 1) // STEPS:
            on_progress(done, documents, "documents")
            now = (done, linker.seconds, time.process_time())
            count, linking, total = (after - before for before, after in zip(last, now, strict=True))
            steps.append(
                Step(documents=done, linking_ms=1e3 * linking / count, rest_ms=1e3 * (total - linking) / count)
            )
            last = now

    run = Ingest(memory.store, memory.index, generated, step)
    run.linker = linker
    run.paths([corpus], prune=False)
