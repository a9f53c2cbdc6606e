"""Open a workload: the memory of its notes, one model, and the search methods to compare.

A folder in BEIR layout is ingested once and cached (:mod:`sanderling.bench_device.retrieval.kept`); each run works on a
temporary copy.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

from ...config import Config
from ...engines import EngineName
from ...errors import UsageError
from ...memory import Memory
from ...memory.index import index_path
from ...memory.store.vacuum import fold_log
from ...runtime import Runtime
from ..isolated import open_isolated
from ..retrieval.kept import kept_memory
from ..retrieval.ways import ways as ways_over
from ..workloads import Question, Workload
from .reordered_memory import ReorderedMemory

SEED = 0
DEFAULT_WAY = "memory"
"""The memory's own search, as in the runtime."""

Progress = Callable[[int, int, str], None]


def drawn(questions: tuple[Question, ...], sample: int | None, seed: int) -> tuple[Question, ...]:
    """Return ``sample`` randomly drawn questions, in their original order, or all if None."""
    if sample is None or sample >= len(questions):
        return questions
    return tuple(questions[number] for number in sorted(random.Random(seed).sample(range(len(questions)), sample)))


@contextmanager
def opened(
    work: Workload,
    model: str,
    folder: Path,
    engine: EngineName,
    profile: str,
    n_threads: int | None,
    on_progress: Progress,
) -> Iterator[Runtime]:
    """Open a runtime with one model and the workload's notes, in a temporary memory inside ``folder``."""
    memory = _memory(work, folder / "bench.sanderling", n_threads, on_progress)
    with open_isolated(memory, model, engine, profile=profile, n_threads=n_threads) as runtime:
        if work.notes.is_dir():
            runtime.add(work.notes, on_progress=lambda step: on_progress(step.done_bytes, step.total_bytes, "ingest"))
        yield runtime


@contextmanager
def asking(runtime: Runtime, memory: Memory) -> Iterator[None]:
    """Replace the runtime's memory by ``memory`` during the block."""
    its_own = runtime.memory
    runtime.memory = runtime._answerer.memory = memory
    try:
        yield
    finally:
        runtime.memory = runtime._answerer.memory = its_own


def _memory(work: Workload, path: Path, n_threads: int | None, on_progress: Progress) -> Path:
    """Return ``path``, after copying the cached memory there if the notes are a single file."""
    if work.notes.is_file() and not path.exists():
        from ...models.embedder import open_embedder

        embedder = open_embedder(Config().embedder, n_threads=n_threads or 1)
        with kept_memory(work, embedder, on_progress) as kept:
            fold_log(kept.store)
            kept.index.save()
            copyfile(kept.store.path, path)
            copyfile(index_path(kept.store.path), index_path(path))
    return path


def memories_by_way(memory: Memory, names: Sequence[str]) -> dict[str, Memory]:
    """Return, for each named search method, a memory that ranks by this method.

    All share the content of ``memory``. Raises UsageError for an unknown method, listing the known ones.
    """
    known = ways_over(memory)
    for name in names:
        if name != DEFAULT_WAY and name not in known:
            raise UsageError(f"there is no way {name!r}: give one of {', '.join((DEFAULT_WAY, *known))}")
    return {name: memory if name == DEFAULT_WAY else ReorderedMemory(memory, known[name]) for name in names}
