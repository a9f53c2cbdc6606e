"""Replace the vectors of a memory with vectors of another embedder.

::

    texts of all nodes ─► those without a kept vector ─► embed, in batches ─► kept beside the memory
                                                                               │ when all are there
                    index and same_topic edges of the new vectors ◄────────────┘
                                       │
                    one transaction: vectors, edges, embedder ─► index written anew

Until the transaction the memory is as it was and answers with its old embedder. An interrupted run leaves the vectors
that it made, and the next run goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ...embedding.contract import Embedder, embedded_head, embedded_text
from ...errors import MemoryFileError
from ...records import Keys, Record, Vectors
from ..index import MemoryIndex, index_path, searching
from ..link.all_topics import all_topics
from ..link.oriented import oriented
from ..store.database import require_writable
from ..store.documents import addresses
from ..store.packed import Precision
from ..store.salvaged_rows import lock_for_replacement
from ..store.store import Store
from ..store.vectors import embedded_parts, replace_topics, replace_vectors
from .blame import opened
from .embedded_texts import EmbeddedTexts

TEXTS_AT_ONCE = 32
"""Number of texts embedded between two writes, the most work that an interruption loses."""

Progress = Callable[[int, int], None]


class Reembedding(Record):
    """The result of a change of embedder."""

    before: str
    """Id of the memory's former embedder."""
    after: str
    nodes: int
    embedded: int
    """Number of texts embedded by this run, without those kept from an interrupted one."""
    edges: int
    """Number of ``same_topic`` edges, which follow from the vectors."""
    warnings: tuple[str, ...]


def reembed(
    path: Path,
    embedder: Embedder,
    on_progress: Progress = lambda done, total: None,
    precision: Precision | None = None,
) -> Reembedding:
    """Replace the vectors of the memory at ``path`` with vectors of ``embedder``.

    ``precision``: how it keeps them from now on; None: as before.

    ``on_progress``: called with the number of texts whose vectors are there, and of all. Raises MemoryFileError if the
    memory is damaged, read-only, or still open elsewhere when the vectors are to be replaced; StorageFull. In all these
    cases the memory is unchanged, and what was embedded is kept for the next run.
    """
    require_writable(path)
    kept = EmbeddedTexts(path, embedder.id, embedder.dim)
    cut: set[str] = set()
    made = 0
    while True:
        with opened(path) as store:
            before, generation = store.embedder_id, store.generation()
            keys, texts = _texts(store)
            made += _embed(embedder, kept, texts, cut, on_progress)
            vectors = kept.vectors(texts)
            edges = _topics(store, keys, vectors)
            if _replaced(store, generation, embedder, precision, keys, vectors, edges):
                break
    index_path(path).unlink(missing_ok=True)
    with opened(path) as store:
        index = MemoryIndex(store)
        index.save()
        warnings = [] if index.saved else list(index.warnings)
    kept.remove()
    if cut:
        warnings.append(
            f"{len(cut)} texts have more than the {embedder.max_tokens} tokens that the embedder reads: they are found "
            "by their beginning only; ingest their folders again to have them cut shorter"
        )
    return Reembedding(
        before=before,
        after=embedder.id,
        nodes=len(keys),
        embedded=made,
        edges=len(edges),
        warnings=tuple(warnings),
    )


def _texts(store: Store) -> tuple[Keys, list[str]]:
    """Return the keys of all nodes, and their texts to embed."""
    rows = [
        (key, embedded_text(embedded_head(title, names), text)) for key, title, names, text in embedded_parts(store)
    ]
    return np.array([key for key, _ in rows], dtype=np.uint64), [text for _, text in rows]


def _embed(embedder: Embedder, kept: EmbeddedTexts, texts: Sequence[str], cut: set[str], on_progress: Progress) -> int:
    """Embed the texts without a kept vector; return their number."""
    missing = [text for text in dict.fromkeys(texts) if text not in kept]
    done = len(texts) - len(missing)
    on_progress(done, len(texts))
    for first in range(0, len(missing), TEXTS_AT_ONCE):
        part = missing[first : first + TEXTS_AT_ONCE]
        kept.add(part, embedder.embed(part, lambda row, tokens, part=part: cut.add(part[row])))  # type: ignore[misc]
        on_progress(done + first + len(part), len(texts))
    return len(missing)


def _topics(store: Store, keys: Keys, vectors: Vectors) -> list[tuple[int, int, float]]:
    if not len(keys):
        return []
    return all_topics(searching(keys, vectors), keys, vectors, addresses(store, keys.tolist()))


def _replaced(
    store: Store,
    generation: int,
    embedder: Embedder,
    precision: Precision | None,
    keys: Keys,
    vectors: Vectors,
    edges: Sequence[tuple[int, int, float]],
) -> bool:
    """Replace vectors and edges in one transaction; return False if the memory has changed since ``generation``.

    Programs that have the memory open would go on with the old embedder, so nobody else may have it open.
    """
    try:
        lock_for_replacement(store.database)
    except MemoryFileError as error:
        raise MemoryFileError(
            f"{store.path}: another program has this memory open: end it and run the command again, nothing has to be "
            "embedded twice"
        ) from error
    if store.generation() != generation:
        return False
    with store.write() as writer:
        replace_vectors(store, embedder.id, keys, vectors, precision or store.precision)
        replace_topics(store, writer, oriented(store, edges))
    return True
