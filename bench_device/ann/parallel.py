"""Measure whether an index blocks other threads, such as a second search or a counting loop in Python.

A library that holds Python's global lock (GIL) while it works blocks the rest of the process. Two threads searching one
index are then no faster than one, and a counting thread stands still while an index is built in one call. Between short
searches Python switches threads anyway, so the counter keeps half its pace even beside a library that holds the lock;
there, two threads are the better test. Everything here uses the wall clock and needs two idle cores.
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
"""Duration of counting alone, and of counting during searches."""
_SWITCH_S = 1e-5
"""Interval after which Python asks the running thread to release the GIL; 5 ms by default. Searches are shorter than
that, so the searching thread would mostly wait, and the counter would look good even beside a library that never
releases the lock."""


class Parallel(Record):
    """Results of one index that is used from two threads.

    They are the speed of two searching threads, and the pace of a counting thread beside a busy index.
    """

    two_threads: tuple[float, ...]
    """Queries per second of two searching threads relative to one, per repetition; 2 is ideal."""
    count_searching: float
    """Pace of the counting thread beside a searching one, relative to its pace alone; 1 is ideal."""
    count_building: float
    """The same beside a build in one call, on one thread."""


def measure_parallel(
    indexes: Sequence[Peer], spec: Spec, vectors: Vectors, queries: Vectors, k: int, ef: int, repetitions: int
) -> list[Parallel | None]:
    """Measure how much each index blocks other threads during searches and builds.

    A new index of the same type is built from ``vectors``. The result is None for an exact index.
    """
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
    """Return the counts per second that a second Python thread reaches while the calling thread runs ``work``."""
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
