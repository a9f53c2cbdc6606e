"""Measure linking time while a memory grows by generated documents, and search time at the end.

Vectors are precomputed for documents and questions, so embedding is excluded: a search covers everything from the
question's vector to the nodes found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from ...device.machine import machine_block
from ...memory import Memory
from ...memory.index import MemoryIndex
from ...memory.ingest.ingest import Ingest
from ...memory.ingest.report import IngestProgress
from ...memory.link.change import Change
from ...memory.link.link import Linker
from ...memory.link.topics import Topics
from ...memory.store.store import Store
from ...memory.store.words import words_path
from ...memory.store.writer import StoredDocument, Writer
from ...records import DEFAULT_SEARCH, Record, RetrievalResult, Vectors
from ...text.name_trie import Name
from ..interruptible import Interruptible
from ..metrics.percentiles import Percentiles, percentiles
from .generated import Generated
from .speed import Progress

STEPS = 10
ROUNDS = 5


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
    """Times of the complete search, through vectors, attention, words, titles, names and citations."""
    cpu_ms: dict[str, Cpu]
    """CPU time of the complete search and of each stage, the fastest of five runs per question.

    The first entry is the time of each question's first search. Empty if interrupted before.
    """
    opening: Opening | None
    """Cost of opening the memory again; None if interrupted."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""


class Cpu(Record):
    """CPU time of one stage of a search, in milliseconds."""

    p50: float
    p95: float


class Opening(Record):
    """Cost of opening the memory, and of opening its word table at the first question."""

    open_ms: float
    words_ms: float
    words_bytes: int
    """Size of the word table's file."""
    words_resident_bytes: int
    """Growth of the resident set when the word table is opened, before any question."""


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
        """Open a change, and add the CPU time of the change's linking to ``seconds``.

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
            first_ms: list[float] = []
            cpu_ms: dict[str, Cpu] = {}
            with Interruptible() as stop:
                _ingest(memory, generated, corpus, documents, steps, on_progress)
                memory.find("once, for what is read at the first question", generated.queries[0])
                for number, (question, vector) in enumerate(generated.questions()):
                    on_progress(number, questions, "questions")
                    began = time.perf_counter()
                    memory.retrieve(vector)
                    between, cpu = time.perf_counter(), time.process_time()
                    memory.find(question, vector)
                    first_ms.append(1e3 * (time.process_time() - cpu))
                    took_ms.append((1e3 * (between - began), 1e3 * (time.perf_counter() - between)))
                cpu_ms = {"search, first time asked": _percentiles(first_ms)}
                cpu_ms |= _cpu(memory, list(generated.questions()))
            stop.require(steps)
            edges = memory.stats().edges_by_relation
        opening = None if stop.came else _opening(keep or Path(folder) / "memory", generated)
    return Growth(
        machine=machine_block(),
        documents=documents,
        seed=seed,
        edges=edges,
        steps=tuple(steps),
        questions=len(took_ms),
        retrieve_ms=percentiles([retrieve for retrieve, _ in took_ms]) if took_ms else None,
        find_ms=percentiles([find for _, find in took_ms]) if took_ms else None,
        cpu_ms=cpu_ms,
        opening=opening,
        interrupted=stop.came,
    )


def _cpu(memory: Memory, questions: Sequence[tuple[str, Vectors]]) -> dict[str, Cpu]:
    """Return the CPU times of a search and its stages, the fastest of :data:`ROUNDS` runs per question."""
    taken: dict[str, list[float]] = {"vector": [], "candidates": [], "search": []}
    for question, vector in questions:
        near = memory.retrieve(vector)

        def candidates(question: str = question, near: RetrievalResult = near) -> None:
            with memory.store.read():
                memory.candidates.find(question, near, None, DEFAULT_SEARCH.max_nodes)

        stages: dict[str, Callable[[], object]] = {
            "vector": partial(memory.retrieve, vector),
            "candidates": candidates,
            "search": partial(memory.find, question, vector),
        }
        for name, stage in stages.items():
            taken[name].append(min(_took_ms(stage) for _ in range(ROUNDS)))
    return {name: _percentiles(each) for name, each in taken.items()}


def _percentiles(taken_ms: Sequence[float]) -> Cpu:
    return Cpu(p50=float(np.percentile(taken_ms, 50)), p95=float(np.percentile(taken_ms, 95)))


def _took_ms(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return 1e3 * (time.process_time() - began)


def _opening(path: Path, embedder: Generated) -> Opening:
    began = time.process_time()
    with Memory.open(path, embedder) as memory:
        opened = time.process_time()
        process = psutil.Process()
        before = process.memory_info().rss
        with memory.store.read():
            memory.store.words.table()
        return Opening(
            open_ms=1e3 * (opened - began),
            words_ms=1e3 * (time.process_time() - opened),
            words_bytes=words_path(path).stat().st_size,
            words_resident_bytes=max(0, process.memory_info().rss - before),
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
