"""Memories of workloads, built once by the ordinary ingest and kept in the data folder.

What ingest writes depends on the notes, the embedder, the precision of the vectors and the code that reads, cuts,
embeds and links. The name of a kept file is a hash of all four, so a changed rule leads to a new memory and never to
figures of an old one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import sanderling

from ... import config
from ...memory import Embedder, Memory
from ...memory.index import index_path
from ...memory.store.documents import uris_of_nodes
from ...memory.store.nodes import titled_texts
from ...memory.store.words import words_path
from ...models import configured
from ..workloads import Workload, document_id

_DECIDING = (
    *(f"memory/{folder}/**/*.py" for folder in ("files", "read", "ingest")),
    "memory/link/*.py",
    *(f"memory/store/{name}.py" for name in ("degree", "full_text", "nodes", "packed", "schema", "writer")),
    "text/**/*.py",
    "embedding/contract.py",
)
"""Modules whose code determines the nodes and edges made from a corpus."""

Progress = Callable[[int, int, str], None]


def kept_memory(work: Workload, embedder: Embedder, on_progress: Progress, beside: Sequence[Workload] = ()) -> Memory:
    """Open the memory of ``work``, and build it first if necessary.

    It is built if none is kept for this corpus, embedder, precision and code.

    ``beside``: workloads whose notes are in the same memory.
    """
    precision = configured.load().vectors
    notes = sorted({each.notes.resolve() for each in (work, *beside)}) if beside else [work.notes]
    path = config.home() / "bench" / f"retrieval-{_digest(notes, embedder.id, precision)}.sanderling"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when complete, so that an interrupted run leaves nothing that passes for a complete memory.
        unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
        what = f"ingest {work.name}" if not beside else f"ingest {len(notes)} sets"
        with Memory.open(unfinished, embedder, precision=precision) as memory:
            memory.ingest(
                notes,
                on_progress=lambda step: on_progress(step.done_bytes, step.total_bytes, what),
            )
        index_path(unfinished).replace(index_path(path))
        if (table := words_path(unfinished)).exists():
            table.replace(words_path(path))
        unfinished.replace(path)
    return Memory.open(path, embedder)


def _digest(notes: Sequence[Path], embedder_id: str, precision: str) -> str:
    folder = Path(sanderling.__file__).parent
    code = [path for pattern in _DECIDING for path in sorted(folder.glob(pattern))]
    # Which notes are of which workload is told by their paths, where there are several.
    paths = [bytes(each) for each in notes] if len(notes) > 1 else []
    content = [part for each in notes for part in _content(each)]
    parts = [embedder_id.encode(), precision.encode(), *paths, *content, *(path.read_bytes() for path in code)]
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


def documents(memory: Memory, work: Workload, beside: Sequence[Workload] = ()) -> dict[int, str]:
    """Return the document id of each node, keyed by node key.

    Ids are spelled as in the questions. A passage of a workload ``beside`` has its whole address as its id, unless the
    same title and text are in ``work``: then it answers as well, and has that passage's id.
    """
    addresses = uris_of_nodes(memory.store)
    if not beside:
        return {key: document_id(uri, work.notes) for key, uri in addresses}
    inside = f"{work.notes.resolve()}{'/' if work.notes.is_dir() else '#'}"
    own = {key: document_id(uri, work.notes) for key, uri in addresses if uri.startswith(inside)}
    texts = {key: (title, text) for key, _, title, text in titled_texts(memory.store, [key for key, _ in addresses])}
    same = {texts[key]: name for key, name in own.items()}
    return {key: own.get(key) or same.get(texts[key], uri) for key, uri in addresses}
