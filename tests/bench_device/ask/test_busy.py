from __future__ import annotations

import time

import psutil
import pytest

from sanderling.bench_device.ask.busy import Busy, scheduling


def test_busy_processes_run_and_end() -> None:
    with Busy(2) as busy:
        processes = [psutil.Process(process.pid) for process in busy._processes]
        time.sleep(0.5)
        assert all(process.is_running() for process in processes)
    assert busy.share is not None and 0.0 <= busy.share <= 1.1
    assert not any(process.is_running() for process in processes)


def test_they_end_when_the_block_fails() -> None:
    busy = Busy(1)
    with pytest.raises(ValueError, match="x"), busy:
        raise ValueError("x")
    assert [process.poll() is not None for process in busy._processes] == [True]


def test_without_any_there_is_no_share() -> None:
    with Busy(0) as busy:
        pass
    assert busy.share is None


def test_scheduling_is_named() -> None:
    assert scheduling().split()[0] in {"ordinary", "nice", "SCHED_FIFO", "SCHED_RR"}
