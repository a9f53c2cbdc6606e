from __future__ import annotations

import sys
import threading
import time

import numpy as np
import pytest

from sanderling.bench_device.ann.parallel import measure_parallel
from sanderling.bench_device.ann.peer import Spec

SPEC = Spec(dim=4, capacity=1, m=2, ef_construction=3, threads=2, seed=0)
ROWS = np.zeros((20, 4), dtype=np.float32)


class Frees:
    """What lets other threads run meanwhile."""

    exact = False

    def __init__(self, spec: Spec) -> None:
        assert spec.threads == 1

    def insert(self, keys, vectors):
        time.sleep(0.3)

    def search(self, query, k, ef):
        time.sleep(0.001)
        return query


class Holds(Frees):
    """What runs in one call of C and never lets go of the GIL."""

    def insert(self, keys, vectors):
        sum(range(20_000_000))


class FailsInThreads(Frees):
    def search(self, query, k, ef):
        if threading.current_thread() is threading.main_thread():
            return query
        raise ArithmeticError


class Exact(Frees):
    exact = True


def measured(*kinds):
    one = Spec(dim=4, capacity=1, m=2, ef_construction=3, threads=1, seed=0)
    return measure_parallel([kind(one) for kind in kinds], SPEC, ROWS, ROWS, 1, 1, repetitions=2)


def test_a_build_that_holds_the_gil_leaves_the_counter_standing():
    usual = sys.getswitchinterval()
    frees, exact, holds = measured(Frees, Exact, Holds)
    assert exact is None
    assert len(frees.two_threads) == len(holds.two_threads) == 2
    # However busy the machine is: the counter runs in no part of one and could run in all of the other.
    assert holds.count_building < 0.5 * frees.count_building
    assert sys.getswitchinterval() == usual


def test_a_search_that_fails_in_its_thread_is_not_swallowed():
    with pytest.raises(ArithmeticError):
        measured(FailsInThreads)
