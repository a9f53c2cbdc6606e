"""Memories of folders in BEIR layout, built once by the ordinary ingest and kept in the data folder.

What ingest writes depends on the corpus, the embedder and the code that cuts, embeds and links. The name of a kept file
is a hash of all three, so a changed rule leads to a new memory and never to figures of an old one.
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
from ...memory.store.documents import uris_of_nodes
from ..workloads import Workload

_INGEST = """
blocks chunk dating document front_matter headings hidden html html_blocks html_page html_table ingest markdown markup
metadata naming note_links objects/decoded objects/fields objects/file objects/lines part properties read rows several
tags title
"""
_TEXT = "clean data_uri dates month_names name_trie script searched short_language table told_language written_dates"
_DECIDING = (
    *(f"memory/ingest/{name}" for name in _INGEST.split()),
    *(f"memory/link/{name}" for name in ("change", "entities", "link", "topics", "wikilinks")),
    *(f"memory/store/{name}" for name in ("degree", "nodes", "schema", "writer")),
    *(f"text/{name}" for name in _TEXT.split()),
    "embedding/contract",
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
    parts = [embedder_id.encode(), notes.read_bytes(), *((folder / f"{name}.py").read_bytes() for name in _DECIDING)]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:32]


def documents(memory: Memory, work: Workload) -> dict[int, str]:
    """Return the document id of each node, keyed by node key.

    Ids are spelled as in the questions.
    """
    # By the file's name, because the folder may have moved since the memory was built.
    mark = f"{work.notes.name}#"
    return {key: mark + uri.rpartition(mark)[2] for key, uri in uris_of_nodes(memory.store)}
