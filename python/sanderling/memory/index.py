"""The graph index: the nodes and edges held in Rust, updated from the SQLite file.

::

    SQLite ──rows after the index's generation──► GraphMemory ──save──► <memory>.idx
       ▲                                              │ load at open
       └── everything, when the .idx cannot be used ──┘

The index follows the store in one way only: :meth:`MemoryIndex.catch_up` reads the change log from the index's own
generation on. The same code replays at open and follows commits of this and of other processes. The ``.idx`` file is a
cache: deleting it costs the time to rebuild it. Only this module makes and changes a ``_core.GraphMemory``.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .. import _core
from .._core import Attention, Candidates, DamageError, KeySet, VersionError
from ..disk.files import create_private, irregular
from ..errors import SanderlingError
from ..records import AttentionResult, Keys, RetrievalResult, SearchParams, SearchResult, SearchStats, Vectors
from .store.changes import edge_changes, node_changes
from .store.clustering import is_due, is_undue
from .store.packed import Precision
from .store.store import Store

__all__ = ["Attention", "MemoryIndex"]

T = TypeVar("T")

# Nodes indexed since the last snapshot before another is written unasked, so that a killed process has less to replay.
SAVE_EVERY_NODES = 5000

# A rebuild uses every processor this process may run on, which does not change the result. The few nodes of a document
# are not worth starting threads for.
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
FEW_NODES = 64


class Unusable(Exception):
    """Raised for a snapshot that cannot be used; the message follows "the index "."""


def index_path(path: Path) -> Path:
    """Return the path of the index file of the memory file ``path``."""
    return path.with_name(path.name + ".idx")


def section_bytes(path: Path) -> list[tuple[str, int]]:
    """Return (name, bytes) of each section of the index file, in file order. ``path``: the memory file.

    Raises DamageError, VersionError or OSError if there is no index that can be read.
    """
    return _core.GraphMemory.sections(index_path(path))


def load_snapshot(store: Store, path: Path) -> tuple[_core.GraphMemory, int]:
    """Load the snapshot at ``path``; return the graph and its newest generation. Call inside ``store.read()``.

    Raises Unusable for a snapshot to be rebuilt: missing, unreadable, damaged, of another format version (nothing is
    lost by replacing it), or of another memory or generation. An InternalError is not caught: no file is at fault.
    """
    kind = irregular(path)
    if kind:
        raise Unusable(f"was {kind}")
    if not path.exists():
        raise Unusable("was missing")
    try:
        graph, generation = _core.GraphMemory.load(path)
    except VersionError as error:
        raise Unusable(f"was of another version ({error})") from error
    except DamageError as error:
        raise Unusable(f"was damaged ({error})") from error
    except OSError as error:
        raise Unusable(f"could not be read ({error})") from error
    if graph.dim != store.dim or graph.metric != "cosine":
        raise Unusable("belonged to another memory")
    if graph.precision != store.precision:
        raise Unusable(f"kept its vectors in {graph.precision}")
    if not store.has_generation(generation):
        raise Unusable("was of another state of the memory")
    if is_undue(store.database, graph):
        raise Unusable("was divided into clusters, and this memory asks for one graph")
    return graph, generation


def replay(store: Store, graph: _core.GraphMemory, after: int | None) -> int:
    """Apply to ``graph`` all changes of the store after generation ``after``; return how many nodes changed.

    ``after`` None: from the beginning. Applying a change twice is harmless. Call inside ``store.read()``.
    """
    count = 0
    for nodes in node_changes(store, after):
        if len(nodes.gone):
            graph.delete(nodes.gone)
        if len(nodes.keys):
            threads = THREADS if len(nodes.keys) > FEW_NODES else 1
            graph.insert(nodes.keys, nodes.vectors, threads=threads)
        count += len(nodes.keys) + len(nodes.gone)
        if is_due(store.database, graph):
            graph.partition(threads=THREADS)
    for edges in edge_changes(store, after):
        there = edges.weight > 0
        if there.any():
            graph.link(edges.src[there], edges.dst[there], edges.rel[there], edges.weight[there])
        gone = ~there
        if gone.any():
            # The edges of deleted nodes are gone with them, and their keys are unknown to the index.
            ends = zip(edges.src[gone].tolist(), edges.dst[gone].tolist(), strict=True)
            gone[gone] = [src in graph and dst in graph for src, dst in ends]
            graph.unlink(edges.src[gone], edges.dst[gone], edges.rel[gone])
    return count


def _hits(found: _core.SearchResult) -> SearchResult:
    stats = SearchStats(
        k=len(found.keys),
        mean_distance=found.mean_distance,
        std_distance=found.std_distance,
        min_distance=found.min_distance,
        max_distance=found.max_distance,
    )
    return SearchResult(keys=found.keys, distances=found.distances, stats=stats)


def _attended(found: _core.AttentionResult) -> AttentionResult:
    return AttentionResult(
        keys=found.keys,
        weights=found.weights,
        prior_weights=found.weights,
        entropy=found.entropy,
        depth_touched=found.depth_touched,
    )


def searching(keys: Keys, vectors: Vectors) -> Callable[[Vectors, SearchParams], SearchResult]:
    """Return a function that searches ``vectors``, float32[keys, dim], without a memory."""
    graph = _empty(vectors.shape[1], "float32")
    graph.insert(keys, vectors, threads=THREADS if len(keys) > FEW_NODES else 1)
    return lambda vector, params: _hits(graph.search(vector, params))


def _empty(dim: int, precision: Precision) -> _core.GraphMemory:
    return _core.GraphMemory(dim, metric="cosine", m=32, ef_construction=200, seed=0, precision=precision)


class MemoryIndex:
    """The graph index of one store."""

    def __init__(self, store: Store) -> None:
        """Load the snapshot and apply later changes, or rebuild the index from the store."""
        self.path = index_path(store.path)
        self.warnings: list[str] = []
        self._store = store
        # One save at a time. Everything else is serialised by the store's own lock, which is always taken second.
        self._saving = threading.RLock()
        self._unsaved_nodes = 0
        self._saved_generation: int | None = None
        self._generation = -1
        self._open()
        self.save_if_much_is_new()

    def __len__(self) -> int:
        """Return the number of indexed nodes."""
        return len(self._graph)

    @property
    def edge_count(self) -> int:
        """Number of indexed edges."""
        return self._graph.edge_count

    @property
    def clusters(self) -> int:
        """Number of clusters of the index; 0 for one graph."""
        return self._graph.clusters

    def probes(self, nprobe: int) -> int:
        """Return the number of clusters that a search with ``nprobe`` looks at; 0 for a single graph."""
        return self._graph.probes(nprobe)

    @property
    def generation(self) -> int:
        """Last generation of the memory that the index includes."""
        return self._generation

    @property
    def saved(self) -> bool:
        """Whether the snapshot on disk contains everything indexed."""
        return self._saved_generation == self._generation

    def search(self, vector: Vectors, params: SearchParams, allowed: KeySet | None = None) -> SearchResult:
        """Return the ``params.k`` nodes nearest to ``vector``, float32[dim], nearest first.

        ``allowed`` None: among all nodes. The result is shorter than ``k`` only if fewer nodes are indexed and allowed.
        """
        self.catch_up()
        return self.nearest(vector, params, allowed)

    def nearest(self, vector: Vectors, params: SearchParams, allowed: KeySet | None = None) -> SearchResult:
        """Search like :meth:`search`, but do not first apply new changes from the store.

        For several searches inside one ``store.read()``. Catching up may save, and saving takes its lock before the
        store's.
        """
        return _hits(self._ask(lambda graph: graph.search(vector, params, allowed=allowed)))

    def retrieve(
        self,
        vector: Vectors,
        params: SearchParams,
        allowed: KeySet | None = None,
        attention: Attention | None = None,
    ) -> RetrievalResult:
        """Search like :meth:`search`, and weigh the nodes around the hits by attention.

        In one call to the Rust core. ``attention`` None: the untrained prior. Without hits there are no weights.
        """
        self.catch_up()
        found = self._ask(lambda graph: graph.retrieve(vector, params, attention=attention, allowed=allowed))
        return RetrievalResult(vector=vector, hits=_hits(found.hits), attended=_attended(found.attended))

    def attend(self, vector: Vectors, keys: Keys, params: SearchParams) -> AttentionResult:
        """Weigh by attention the nodes within ``params.hops`` edges of ``keys``.

        At most ``params.max_nodes`` nodes are weighed. Keys that are not indexed are skipped. Call inside
        ``store.read()``, so that no node is removed between the lookup and the weighing. For that reason this method
        does not catch up, see :meth:`nearest`.
        """
        return _attended(self._ask(lambda graph: graph.attend(vector, graph.known(keys), params)))

    def extend(self, candidates: Candidates, keys: Keys, most: int) -> None:
        """Add those of ``keys`` that are indexed to ``candidates``, until there are ``most``.

        Call inside ``store.read()``.
        """
        self._ask(lambda graph: candidates.extend(graph, keys, most))

    def features(self, candidates: Candidates) -> Vectors:
        """Return the features of ``candidates``, float32[candidates, FEATURES]. Call inside ``store.read()``."""
        return self._ask(candidates.features)

    def weigh(self, candidates: Candidates, params: SearchParams, attention: Attention) -> AttentionResult:
        """Weigh ``candidates`` by ``attention``, which reads their features. Call inside ``store.read()``."""
        return _attended(self._ask(lambda graph: candidates.attend(graph, params, attention)))

    def indexed(self, keys: Keys) -> Keys:
        """Return those of ``keys`` that are indexed. Call inside ``store.read()``."""
        return self._ask(lambda graph: graph.known(keys))

    def vectors(self, keys: Keys) -> Vectors:
        """Return the vectors of ``keys``, float32[keys, dim].

        Call inside ``store.read()``. Raises KeyError for a key that is not indexed.
        """
        return self._ask(lambda graph: graph.vectors(keys))

    def catch_up(self) -> None:
        """Apply to the index all changes committed since the last call, by any process.

        Raises RuntimeError inside a writing transaction, which could still be undone.
        """
        # Nearly always nothing has changed, and one statement is less than a transaction.
        if not self._store.database.writing and self._store.generation() == self._generation:
            return
        with self._store.read():
            self.follow()
        self.save_if_much_is_new()

    def follow(self) -> None:
        """Catch up inside ``store.read()``; :meth:`save_if_much_is_new` is to be called after it."""
        if self._store.database.writing:
            raise RuntimeError("the index cannot follow a transaction that may still be undone")
        generation = self._store.generation()
        if generation == self._generation:
            return
        if not self._store.has_generation(self._generation):
            # Another process wrote a newer snapshot and dropped the log before it.
            self._open()
            return
        after = self._generation
        self._unsaved_nodes += self._ask(lambda graph: replay(self._store, graph, after))
        self._generation = generation

    def _ask(self, work: Callable[[_core.GraphMemory], T]) -> T:
        """Run ``work`` on the index; if the index file is damaged, rebuild it and run ``work`` again.

        Only damage leads to a rebuild: an InternalError is raised to the caller.
        """
        graph = self._graph
        try:
            return work(graph)
        except DamageError as error:
            with self._store.read():
                if self._graph is graph:  # another thread may have met the damage first
                    self._rebuild(f"was damaged ({error})")
            return work(self._graph)

    def save(self) -> None:
        """Write the snapshot if anything has changed.

        A failure only adds a warning, since the store holds everything.
        """
        if self._store.database.read_only is not None:
            return
        with self._saving:
            with self._store.read():
                self.follow()
                generation = self._generation
            if self._store.database.lost():
                self._warn("the memory file was deleted or replaced while it was open: what was added is not on disk")
                return
            if self._saved_generation == generation:
                return
            # Reset first, so that a full disk is not tried again after every document.
            self._unsaved_nodes = 0
            try:
                # Another thread may catch up meanwhile; a snapshot newer than its generation is only replayed twice.
                self._ask(lambda graph: self._write(graph, generation))
                self._saved_generation = generation
                # The log is then forgotten, by which the word table would have followed.
                self._store.words.save(build=False)
                self._store.forget_changes(before=generation)
            except (OSError, DamageError, SanderlingError) as error:
                self._warn(f"the index could not be saved ({error}): the next start takes longer")

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def _write(self, graph: _core.GraphMemory, generation: int) -> None:
        # Vectors reveal what notes are about, so the file gets the memory's mode; the core fills and renames it.
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")
        temporary.unlink(missing_ok=True)
        create_private(temporary)
        temporary.chmod(stat.S_IMODE(self._store.path.stat().st_mode) & 0o666)
        graph.save(self.path, generation)

    def save_if_much_is_new(self) -> None:
        """Save once some thousand nodes are new. Not inside a transaction."""
        if self._unsaved_nodes >= SAVE_EVERY_NODES:
            self.save()

    def _open(self) -> None:
        with self._store.read():
            try:
                self._graph, self._generation = load_snapshot(self._store, self.path)
                self._saved_generation = self._generation
                self._unsaved_nodes += replay(self._store, self._graph, after=self._generation)
                self._generation = self._store.generation()
                self._compare()
                # Where no snapshot can be written, every start would form them again.
                if self._store.database.read_only is None and is_due(self._store.database, self._graph):
                    self._graph.partition(threads=THREADS)
                    self._saved_generation = None
            except Unusable as reason:
                self._rebuild(str(reason))
            except DamageError as error:
                self._rebuild(f"was damaged ({error})")

    def _compare(self) -> None:
        """Raise Unusable unless index and store have equal numbers of nodes and edges. This check is cheap."""
        # Every node has a vector.
        if self._store.counts() != (len(self._graph), self._graph.edge_count):
            raise Unusable("disagreed with the memory")

    def _rebuild(self, reason: str) -> None:
        started = time.monotonic()
        read_only = self._store.database.read_only
        if read_only is None:
            # What was refused once must not be found again after a crash, when its number might fit by chance.
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                self._warn(f"the unusable index file could not be removed: {error}")
        self._graph = _empty(self._store.dim, self._store.precision)
        self._saved_generation = None
        self._unsaved_nodes += replay(self._store, self._graph, after=None)
        self._generation = self._store.generation()
        if len(self._graph):
            seconds = time.monotonic() - started
            kept = f"; not saved, since the memory is read-only, {read_only.why}" if read_only else ""
            self.warnings.append(
                f"the index {reason}: rebuilt from the memory, {len(self._graph)} nodes, took {seconds:.1f} s{kept}"
            )
