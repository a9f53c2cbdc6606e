"""A workload opened to be asked: the memory of its notes, one model, and the ways of searching to compare.

A folder in BEIR layout is ingested once and kept (:mod:`..retrieval.kept`); a run works on a copy,
which is thrown away.
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
from ...runtime import Runtime
from ..isolated import open_isolated
from ..retrieval.kept import kept_memory
from ..retrieval.ways import ways as ways_over
from ..workloads import Question, Workload
from .ordered import Ordered

SEED = 0
DEFAULT_WAY = "memory"
"""The memory as the runtime asks it."""

Progress = Callable[[int, int, str], None]


def drawn(questions: tuple[Question, ...], sample: int | None, seed: int) -> tuple[Question, ...]:
    """Draw ``sample`` of the questions, which stay in their order; None: all."""
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
    """Open one model over the notes of the workload, in a memory to be thrown away with ``folder``."""
    memory = _memory(work, folder / "bench.sanderling", n_threads, on_progress)
    with open_isolated(memory, model, engine, profile=profile, n_threads=n_threads) as runtime:
        if work.notes.is_dir():
            runtime.add(work.notes, on_progress=lambda step: on_progress(step.done_bytes, step.total_bytes, "ingest"))
        yield runtime


@contextmanager
def asking(runtime: Runtime, memory: Memory) -> Iterator[None]:
    """Let the runtime ask another memory for a while; the one it opened is the one it closes."""
    its_own = runtime.memory
    runtime.memory = memory
    try:
        yield
    finally:
        runtime.memory = its_own


def _memory(work: Workload, path: Path, n_threads: int | None, on_progress: Progress) -> Path:
    """Return a memory to ask and throw away: a copy of the kept one, or the path of one to be made."""
    if work.notes.is_file() and not path.exists():
        from ...models.embedder import open_embedder

        embedder = open_embedder(Config().embedder, n_threads=n_threads or 1)
        with kept_memory(work, embedder, on_progress) as kept:
            kept.store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            kept.index.save()
            copyfile(kept.store.path, path)
            copyfile(index_path(kept.store.path), index_path(path))
    return path


def memories_by_way(memory: Memory, names: Sequence[str]) -> dict[str, Memory]:
    """Return ``memory`` as each way searches it. Raises UsageError, naming all, for a way that is not there."""
    known = ways_over(memory)
    for name in names:
        if name != DEFAULT_WAY and name not in known:
            raise UsageError(f"there is no way {name!r}: give one of {', '.join((DEFAULT_WAY, *known))}")
    return {name: memory if name == DEFAULT_WAY else Ordered(memory, known[name]) for name in names}
