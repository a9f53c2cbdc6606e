"""Check the tables and the index snapshot of a memory, and change nothing.

The index is compared in full with the store: the snapshot is read, brought up to date in this process only, and must
then hold the store's nodes, their vectors, and exactly the store's edges. Weights of edges cannot be read back from an
index; the snapshot's own checksum covers them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..._core import DamageError
from ...disk.files import irregular
from ...errors import SanderlingError
from ...records import Record
from ..index import Unusable, index_path, load_snapshot, replay
from ..store import cells
from ..store.change_log import change_log_is_lost
from ..store.changes import edge_changes, node_changes
from ..store.dangling import count_unindexable_edges, vector_blobs
from ..store.database import Damaged, is_damage
from ..store.generations import LOG_IS_LOST
from ..store.packed import dim_of, unpack
from ..store.store import Store

if TYPE_CHECKING:
    from ..._core import GraphMemory

WRONG_LENGTH = "of the wrong length"
# An index may store its unit vectors in 16 bits of fixed point: numbers up to 1 are then off by at most 2^-15.
# Normalising in float32 adds at most (dim / 2 + 2) * 2^-24, 2^-11 at dimension 16,380.
VECTOR_TOLERANCE = 2**-10
NOT_LOOKED_AT = "the index was not looked at, since the memory itself has to be repaired first"


class Verification(Record):
    """The problems found, one sentence each; a sound memory has none."""

    path: str
    store: tuple[str, ...]
    """Problems of the memory file, for ``sanderling memory repair``."""
    index: tuple[str, ...]
    """Problems of the index, which is rebuilt at the next opening."""
    notes: tuple[str, ...]
    """Remarks that are not problems."""


def verify(path: Path) -> Verification:
    """Check the memory at ``path``. Raises MemoryFileError if it cannot be opened or is locked."""
    try:
        store = Store.open_existing(path)
    except Damaged as error:
        return Verification(path=str(path), store=error.problems, index=(), notes=(NOT_LOOKED_AT,))
    try:
        problems = store_problems(store)
        index: tuple[str, ...] = ()
        notes: tuple[str, ...] = ()
        if problems:
            notes = (NOT_LOOKED_AT,)
        elif not irregular(index_path(path)) and not index_path(path).exists():
            notes = ("there is no index yet: it is made when the memory is next opened",)
        else:
            index = index_problems(store)
    finally:
        store.close()
    return Verification(path=str(path), store=problems, index=index, notes=notes)


def store_problems(store: Store) -> tuple[str, ...]:
    """Return the problems of the memory file: damaged pages, tables and rows."""
    try:
        problems = list(store.integrity())
        problems += cell_problems(store)
        reasons = Counter(reason for _, reason in flawed_vectors(store))
        problems += [f"{count} vectors {reason}" for reason, count in reasons.items() if reason != WRONG_LENGTH]
        edges = count_unindexable_edges(store)
        if edges:
            problems.append(f"{edges} edges of a weight or a relation that no index can hold")
        if change_log_is_lost(store):
            problems.append(LOG_IS_LOST)
    except SanderlingError as error:
        if not is_damage(error):
            raise
        return (str(error),)
    return tuple(problems)


def cell_problems(store: Store) -> tuple[str, ...]:
    """Return one sentence per column with invalid cells, with the number of these cells."""
    with store.read():
        return tuple(cells.problems(store.database))


def flawed_vectors(store: Store) -> Iterator[tuple[int, str]]:
    """Yield (node, flaw) for each vector that no index can hold."""
    with store.read():
        for node, value in vector_blobs(store):
            if value is None or dim_of(len(value)) != store.dim:
                yield node, WRONG_LENGTH
                continue
            try:
                vector = unpack(value, store.dim)
            except ValueError:
                yield node, "of an unknown form"
                continue
            if not np.isfinite(vector).all():
                yield node, "that are not finite"
            elif not vector.any():
                yield node, "that are all zero"


def index_problems(store: Store) -> tuple[str, ...]:
    """Return one sentence per difference between the index snapshot and ``store``.

    ``store`` itself must be sound.
    """
    with store.read():
        try:
            graph, generation = load_snapshot(store, index_path(store.path))
            graph.verify()
            replay(store, graph, after=generation)
            problems = _differences(store, graph)
        except Unusable as reason:
            problems = [str(reason).replace("was ", "is ", 1)]
        except DamageError as error:
            problems = [f"is damaged ({error})"]
    return tuple(f"the index {problem}: it is rebuilt when the memory is next opened" for problem in problems)


def _differences(store: Store, graph: GraphMemory) -> list[str]:
    """Return the differences between ``graph`` and ``store``. This removes the edges of ``graph``.

    Only removing an edge shows whether it is there.
    """
    nodes = missing = different = 0
    for batch in node_changes(store, None):
        here = np.array([int(key) in graph for key in batch.keys], dtype=bool)
        if here.any():
            vectors = batch.vectors[here].astype(np.float64)
            units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            off = np.abs(graph.vectors(batch.keys[here]) - units).max(axis=1)
            different += int(np.count_nonzero(~(off <= VECTOR_TOLERANCE)))
        nodes += len(here)
        missing += int(np.count_nonzero(~here))
    extra = len(graph) - (nodes - missing)
    edges = known = 0
    indexed = graph.edge_count
    for links in edge_changes(store, None):
        edges += len(links.src)
        ends = np.array([int(a) in graph and int(b) in graph for a, b in zip(links.src, links.dst, strict=True)])
        known += graph.unlink(links.src[ends], links.dst[ends], links.rel[ends]) if ends.any() else 0
    counts = (
        (missing, "lacks {} nodes"),
        (extra, "holds {} nodes that the memory does not"),
        (different, "holds other vectors for {} nodes"),
        (edges - known, "lacks {} edges"),
        (indexed - known, "holds {} edges that the memory does not"),
    )
    return [text.format(count) for count, text in counts if count]
