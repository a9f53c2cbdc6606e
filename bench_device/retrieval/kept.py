"""Memories of workloads, built once by the ordinary ingest and kept in the data folder.

What ingest writes depends on the notes, the embedder and the code that reads, cuts, embeds and links. The name of a
kept file is a hash of all three, so a changed rule leads to a new memory and never to figures of an old one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import sanderling

from ... import config
from ...memory import Embedder, Memory
from ...memory.index import index_path
from ...memory.store.documents import uris_of_nodes
from ..workloads import Workload, document_id

_DECIDING = (
    *(f"memory/{folder}/**/*.py" for folder in ("files", "read", "ingest")),
    "memory/link/*.py",
    *(f"memory/store/{name}.py" for name in ("degree", "full_text", "nodes", "schema", "writer")),
    "text/**/*.py",
    "embedding/contract.py",
)
"""Modules that decide which nodes and edges a corpus gives."""

Progress = Callable[[int, int, str], None]


def kept_memory(work: Workload, embedder: Embedder, on_progress: Progress) -> Memory:
    """Open the memory of ``work``, building it first if none is kept for exactly this corpus, embedder and code."""
    path = config.home() / "bench" / f"retrieval-{_digest(work.notes, embedder.id)}.sanderling"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when complete, so that an interrupted run leaves nothing that passes for a complete memory.
        unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
        with Memory.open(unfinished, embedder) as memory:
            memory.ingest(
                [work.notes],
                on_progress=lambda step: on_progress(step.done_bytes, step.total_bytes, f"ingest {work.name}"),
            )
        index_path(unfinished).replace(index_path(path))
        unfinished.replace(path)
    return Memory.open(path, embedder)


def _digest(notes: Path, embedder_id: str) -> str:
    folder = Path(sanderling.__file__).parent
    code = [path for pattern in _DECIDING for path in sorted(folder.glob(pattern))]
    parts = [embedder_id.encode(), *_content(notes), *(path.read_bytes() for path in code)]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:32]


def _content(notes: Path) -> Iterator[bytes]:
    """Yield the bytes that the memory of ``notes`` depends on.

    Of a folder, that includes the paths of its files, since the memory holds them.
    """
    if notes.is_file():
        yield notes.read_bytes()
        return
    for path in sorted(path for path in notes.resolve().rglob("*") if path.is_file()):
        yield bytes(path)
        yield path.read_bytes()


def documents(memory: Memory, work: Workload) -> dict[int, str]:
    """Return the document id of each node, keyed by node key.

    Ids are spelled as in the questions.
    """
    return {key: document_id(uri, work.notes) for key, uri in uris_of_nodes(memory.store)}
