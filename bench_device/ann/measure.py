"""Time the indexes in turn, on the calling thread.

Taking turns spreads slowdowns of the machine over all indexes. Each turn starts with a different index, so that none
always follows the same neighbour. Python's garbage collector is off while a clock runs.

``wall`` is the clock for published figures. ``cpu``, the time of all threads of this process, can compare indexes on a
busy machine, where a single insert of 0.1 ms may otherwise wait 12 ms for a CPU.
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
"""Queries before the timed ones, to refill the caches that the previous index displaced."""
_INSERTS_A_TURN = 50

_T = TypeVar("_T")
Clock = Callable[[], float]
"""Returns seconds since some fixed moment."""
ClockName = Literal["wall", "cpu"]
CLOCKS: dict[ClockName, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}


def in_turn(items: Sequence[_T], turn: int) -> list[_T]:
    """Return the items rotated to the left by ``turn`` places."""
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
    """Build an index by inserting all rows in one call; return the index and the seconds of that call.

    The keys are 0 to n - 1.
    """
    keys = np.arange(len(vectors), dtype=np.uint64)
    index = peer(spec)  # imports the library, so it stays outside the clock
    with _no_collection():
        started = clock()
        index.insert(keys, vectors)
        return index, clock() - started


def insert_singly(indexes: Sequence[Peer], first_key: int, vectors: Vectors, clock: Clock) -> list[list[float]]:
    """Insert the rows into all indexes, one row per call; return the milliseconds of each call, per index.

    The list of an index that takes no inserts stays empty.
    """
    samples: list[list[float]] = [[] for _ in indexes]
    able = [number for number, index in enumerate(indexes) if index.inserts]
    for turn, start in enumerate(range(0, len(vectors), _INSERTS_A_TURN)):
        rows = vectors[start : start + _INSERTS_A_TURN]
        for number in in_turn(able, turn):
            with _no_collection():
                for offset in range(len(rows)):
                    key = np.array([first_key + start + offset], dtype=np.uint64)
                    started = clock()
                    indexes[number].insert(key, rows[offset : offset + 1])
                    samples[number].append(1000 * (clock() - started))
    return samples


def search_all(index: Peer, queries: Vectors, k: int, ef: int, clock: Clock) -> tuple[list[Keys], float]:
    """Search for each query in a separate call; return the keys found and the queries per second."""
    rows = list(queries)
    for query in rows[:_WARM_QUERIES]:
        index.search(query, k, ef)
    with _no_collection():
        started = clock()
        found = [index.search(query, k, ef) for query in rows]
        return found, len(rows) / (clock() - started)


def call_us(peer: type[Peer], spec: Spec, vectors: Vectors, k: int, clock: Clock) -> float:
    """Return the microseconds of a search among only ``k`` vectors.

    They are roughly the overhead of a Python call.
    """
    index, _ = build(peer, spec, vectors[:k], clock)
    queries = np.repeat(vectors[:k], max(1, 200 // k), axis=0)
    return float(np.median([1e6 / search_all(index, queries, k, k, clock)[1] for _ in range(5)]))
