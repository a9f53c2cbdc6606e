from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from sanderling.bench_device.engine.rivals import Rivals


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_they_are_busy_and_end_with_the_block() -> None:
    with Rivals(2) as rivals:
        pids = [process.pid for process in rivals._processes]
        assert len(set(pids)) == 2
        began_s = rivals.cpu_s()
        wait_for(lambda: rivals.cpu_s() > began_s + 0.02)
    assert all(map(gone, pids))


def test_they_end_with_an_exception() -> None:
    with pytest.raises(KeyboardInterrupt), Rivals(1) as rivals:
        pid = rivals._processes[0].pid
        raise KeyboardInterrupt
    assert gone(pid)


def test_none_are_no_process() -> None:
    with Rivals(0) as rivals:
        assert rivals.cpu_s() == 0.0


def test_they_do_not_outlive_a_killed_measurement() -> None:
    code = (
        "import time; from sanderling.bench_device.engine.rivals import Rivals\n"
        "with Rivals(1) as rivals:\n"
        "    print(rivals._processes[0].pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        os.kill(parent.pid, signal.SIGKILL)
    wait_for(lambda: gone(pid))
