"""A folder in BEIR layout in, its memory out: built once by the ordinary ingest, then kept in the data folder.

What ingest writes depends on the corpus, the embedder and the code that cuts, embeds and links. The name of the kept
file is a hash over all three, so a changed rule for edges gives another memory instead of an old one's figures.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import sanderling

from ... import config
from ...memory import Embedder, Memory
from ...memory.index import index_path
from ..workloads import Workload

_DECIDING = (
    *(f"memory/ingest/{name}" for name in ("chunk", "html", "ingest", "markup", "metadata", "read")),
    *(f"memory/link/{name}" for name in ("entities", "link", "topics")),
    *(f"memory/store/{name}" for name in ("degree", "schema", "writer")),
    *(f"text/{name}" for name in ("clean", "name_trie")),
    "embedding/contract",
)
"""Modules that decide which nodes and edges a corpus gives."""

Progress = Callable[[int, int, str], None]


def kept_memory(work: Workload, embedder: Embedder, on_progress: Progress) -> Memory:
    """Open the memory of ``work``, building it first where it has not been built from exactly this."""
    path = config.home() / "bench" / f"retrieval-{_digest(work.notes, embedder.id)}.sanderling"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when whole, so that an interrupted run leaves nothing that looks like a memory of everything.
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
    parts = [embedder_id.encode(), notes.read_bytes(), *((folder / f"{name}.py").read_bytes() for name in _DECIDING)]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:32]


def documents(memory: Memory, work: Workload) -> dict[int, str]:
    """Return ids of the documents, as the questions name them, by the keys of their nodes."""
    rows = memory.store.database.execute("SELECT n.key, d.uri FROM node n JOIN document d ON d.key = n.document")
    # By the file's name, because a kept memory was perhaps made when the folder was elsewhere.
    mark = f"{work.notes.name}#"
    return {key: mark + uri.rpartition(mark)[2] for key, uri in rows}
