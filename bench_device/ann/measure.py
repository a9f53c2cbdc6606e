"""Timing: one index at a time on the calling thread, all of them in turn.

Whatever the machine does besides falls on all indexes alike when they take turns, and the turn begins with another one
each time, so that none always runs after the same neighbour. Python's garbage collector rests while a clock runs.

``wall`` is the clock to publish by. ``cpu``, the time of all threads of this process, still compares indexes on a
machine that others keep busy, where a single insert of 0.1 ms may otherwise wait 12 ms for its turn.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, TypeVar

import numpy as np

from ...records import Keys, Vectors
from .peer import Peer, Spec

_WARM_QUERIES = 20
"""Searched before the clock starts, to bring back what the index before has driven from the caches."""
_INSERTS_A_TURN = 50

_T = TypeVar("_T")
Clock = Callable[[], float]
"""Seconds since some moment."""
ClockName = Literal["wall", "cpu"]
CLOCKS: dict[ClockName, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}


def in_turn(items: Sequence[_T], turn: int) -> list[_T]:
    """All items, beginning with another one each turn."""
    first = turn % len(items) if items else 0
    return [*items[first:], *items[:first]]


@contextmanager
def _no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def build(peer: type[Peer], spec: Spec, vectors: Vectors, clock: Clock) -> tuple[Peer, float]:
    """Make an index and insert all rows in one call, keys 0 to n - 1; return it and the seconds of the inserts."""
    keys = np.arange(len(vectors), dtype=np.uint64)
    index = peer(spec)  # imports the library, so it stays outside the clock
    with _no_collection():
        started = clock()
        index.insert(keys, vectors)
        return index, clock() - started


def insert_singly(indexes: Sequence[Peer], first_key: int, vectors: Vectors, clock: Clock) -> list[list[float]]:
    """Insert the rows one call each, into every index in turn; per index the milliseconds of each call."""
    samples: list[list[float]] = [[] for _ in indexes]
    for turn, start in enumerate(range(0, len(vectors), _INSERTS_A_TURN)):
        rows = vectors[start : start + _INSERTS_A_TURN]
        for number in in_turn(range(len(indexes)), turn):
            with _no_collection():
                for offset in range(len(rows)):
                    key = np.array([first_key + start + offset], dtype=np.uint64)
                    started = clock()
                    indexes[number].insert(key, rows[offset : offset + 1])
                    samples[number].append(1000 * (clock() - started))
    return samples


def search_all(index: Peer, queries: Vectors, k: int, ef: int, clock: Clock) -> tuple[list[Keys], float]:
    """Search each query in a call of its own; return what was found and the queries per second."""
    rows = list(queries)
    for query in rows[:_WARM_QUERIES]:
        index.search(query, k, ef)
    with _no_collection():
        started = clock()
        found = [index.search(query, k, ef) for query in rows]
        return found, len(rows) / (clock() - started)


def call_us(peer: type[Peer], spec: Spec, vectors: Vectors, k: int, clock: Clock) -> float:
    """Microseconds of one search among ``k`` vectors: what calling the library from Python costs, about."""
    index, _ = build(peer, spec, vectors[:k], clock)
    queries = np.repeat(vectors[:k], max(1, 200 // k), axis=0)
    return float(np.median([1e6 / search_all(index, queries, k, k, clock)[1] for _ in range(5)]))
