"""What one thread's work costs another: two that search, and one that counts in Python beside a search or a build.

A library that holds Python's lock (the GIL) while it works lets nothing else of the process run. Two threads that
search one index then make no more queries per second than one, and a thread that counts stands still while an index is
built in one call. Between short searches Python changes threads anyway: there the counter keeps half of its pace even
beside a library that holds the lock, and two threads tell more. All here goes by the wall clock, whatever else the
comparison goes by, and needs two cores that nobody else uses.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import msgspec
import numpy as np

from ...records import Record, Vectors
from .measure import in_turn, search_all
from .peer import Peer, Spec

_COUNT_S = 0.5
"""Of counting alone, and of searches beside it."""
_SWITCH_S = 1e-5
"""After so long a thread that runs Python is asked to let go of the GIL, 5 ms by default. Searches take less than that,
so the searching thread would mostly wait for its turn, and the counter come off well even beside a library that never
lets go."""


class Parallel(Record):
    """What one index leaves to other threads."""

    two_threads: tuple[float, ...]
    """Queries per second of two searching threads over those of one, per repetition; 2 is ideal."""
    count_searching: float
    """Pace of the counting thread beside one that searches, over its pace alone; 1 is ideal."""
    count_building: float
    """The same beside a build, on one thread and in one call."""


def measure_parallel(
    indexes: Sequence[Peer], spec: Spec, vectors: Vectors, queries: Vectors, k: int, ef: int, repetitions: int
) -> list[Parallel | None]:
    """Measure each index, and the build of another of its kind from ``vectors``; None for one that is exact."""
    graphs = [i for i, index in enumerate(indexes) if not index.exact]
    ratios: dict[int, list[float]] = {i: [] for i in graphs}
    for turn in range(repetitions):
        for i in in_turn(graphs, turn):
            ratios[i].append(round(_two_over_one(indexes[i], queries, k, ef), 4))
    results: list[Parallel | None] = [None] * len(indexes)
    spec = msgspec.structs.replace(spec, threads=1)  # the counter needs a core too
    for i in graphs:
        alone = _pace_beside(lambda: time.sleep(_COUNT_S))
        searching = _pace_beside(partial(_search_for, indexes[i], queries, k, ef))
        building = _build_pace(type(indexes[i]), spec, vectors)
        results[i] = Parallel(
            two_threads=tuple(ratios[i]),
            count_searching=round(searching / alone, 4),
            count_building=round(building / alone, 4),
        )
    return results


def _two_over_one(index: Peer, queries: Vectors, k: int, ef: int) -> float:
    _, one = search_all(index, queries, k, ef, time.perf_counter)
    rows = list(queries)
    start = threading.Barrier(3)
    failures: list[BaseException] = []

    def search() -> None:
        try:
            start.wait()
            for query in rows:
                index.search(query, k, ef)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    start.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if failures:
        raise failures[0]
    return 2 * len(rows) / seconds / one


def _search_for(index: Peer, queries: Vectors, k: int, ef: int) -> None:
    ends = time.perf_counter() + _COUNT_S
    while time.perf_counter() < ends:
        for query in queries[:100]:
            index.search(query, k, ef)


def _build_pace(peer: type[Peer], spec: Spec, vectors: Vectors) -> float:
    index = peer(spec)
    keys = np.arange(len(vectors), dtype=np.uint64)
    return _pace_beside(lambda: index.insert(keys, vectors))


def _pace_beside(work: Callable[[], None]) -> float:
    """Counts per second of a Python thread while this one does ``work``."""
    ready, stop = threading.Event(), threading.Event()
    counts = [0]

    def count() -> None:
        ready.set()
        while not stop.is_set():
            counts[0] += 1

    thread = threading.Thread(target=count)
    with _quick_switches():
        thread.start()
        ready.wait()
        first, started = counts[0], time.perf_counter()
        try:
            work()
        finally:
            last, seconds = counts[0], time.perf_counter() - started
            stop.set()
            thread.join()
    return (last - first) / seconds


@contextmanager
def _quick_switches() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
