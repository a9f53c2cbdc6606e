"""Measures the CPU time of pulling notes, compared with ingesting them.

One memory ingests a corpus and pushes it. Two new ones pull it: the first takes over the edges that the push brought,
the second draws them, as after an exchange with a device whose notes are others. All times are those of this process,
with the index and the snapshot that closing writes; PostgreSQL's own are not in them.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from ...device.machine import machine_block
from ...errors import HubError, UsageError
from ...hub.connect import connected
from ...hub.sync import sync
from ...hub.tables import rows, schema, space
from ...memory import Embedder, Memory
from ...privacy_rules import PrivacyRules
from ...records import Record

Progress = Callable[[int, int, str], None]
SAME_EDGES = 0.002
"""Share of the edges by which memories with the same notes may differ."""


class PullCost(Record):
    """CPU seconds of ingest, push and pull of one corpus."""

    machine: dict[str, object]
    name: str
    embedder: str
    documents: int
    nodes: int
    edges: int
    ingest_cpu_s: float
    push_cpu_s: float
    pull_cpu_s: float
    """With the edges that came along."""
    pull_drawing_cpu_s: float
    """With edges drawn here."""
    pull_wall_s: float
    share: float
    """CPU time of the pull, of that of the ingest."""
    share_drawing: float


def measure(corpus: Path, embedder: Embedder, *, limit: int | None = None, on_progress: Progress) -> PullCost:
    """Measure the cost of a pull with the documents of one file.

    ``corpus``: a ``.jsonl`` file, of which the first ``limit`` lines are used. The hub gets a space of its own for
    it. The rows are deleted afterwards. Raises UsageError if the file does not exist, HubError as the hub's
    commands do.
    """
    if not corpus.is_file():
        raise UsageError(f"{corpus}: no such file; give a folder with corpus.jsonl")
    lines = [line for line in corpus.read_bytes().splitlines(keepends=True) if line.strip()][:limit]
    name = f"bench-{uuid.uuid4().hex[:12]}"
    with TemporaryDirectory() as folder, connected() as connection:
        source = Path(folder) / "corpus.jsonl"
        source.write_bytes(b"".join(lines))
        schema.init(connection, name, "", f"{embedder.id} {embedder.dim}", embedder.dim)
        opened = space.opened(connection, name)

        def timed(what: str, work: Callable[[Memory], object]) -> tuple[float, float, Memory]:
            wall, cpu = time.perf_counter(), time.process_time()
            on_progress(0, 1, what)
            with Memory.open(Path(folder) / what.split(maxsplit=1)[0], embedder) as memory:
                work(memory)
            return time.process_time() - cpu, time.perf_counter() - wall, memory

        def exchange(memory: Memory) -> None:
            sync(memory, opened, PrivacyRules())

        try:
            ingest, _, _ = timed("first ingests", lambda memory: memory.ingest([source]))
            push, _, _ = timed("first pushes", exchange)
            pull, wall, _ = timed("second pulls", exchange)
            rows.forget_drawn(opened)
            drawing, _, _ = timed("third pulls and draws", exchange)
            stats = [_stats(Path(folder) / which, embedder) for which in ("first", "second", "third")]
        finally:
            space.clear(opened)
    documents, nodes, edges = stats[0]
    # Drawn at once, a few edges differ from those of an ingest, where more than 64 others are as near.
    if any(each[:2] != stats[0][:2] or abs(each[2] - edges) > SAME_EDGES * edges for each in stats):
        raise HubError(f"the memories differ after the exchange: documents, nodes and edges are {stats}")
    return PullCost(
        machine=machine_block(),
        name=corpus.parent.name,
        embedder=embedder.id,
        documents=documents,
        nodes=nodes,
        edges=edges,
        ingest_cpu_s=ingest,
        push_cpu_s=push,
        pull_cpu_s=pull,
        pull_drawing_cpu_s=drawing,
        pull_wall_s=wall,
        share=pull / ingest,
        share_drawing=drawing / ingest,
    )


def _stats(path: Path, embedder: Embedder) -> tuple[int, int, int]:
    with Memory.open(path, embedder) as memory:
        stats = memory.stats()
        return stats.documents, stats.nodes, stats.edges
