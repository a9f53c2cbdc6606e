from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from sanderling.disk.filelock import locked, queued

# Holds the lock all but a thousandth of the time, as a process does that writes without a pause.
GREEDY = """if True:
    import sys, time
    from pathlib import Path
    from sanderling.disk.filelock import queued
    path, first = Path(sys.argv[1]), True
    while True:
        with queued(path, 60.0):
            if first:
                print("holds", flush=True)
                first = False
            time.sleep(0.02)
"""


def greedy(path: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", GREEDY, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"holds\n"
    return process


def test_who_queues_gets_the_lock_from_one_who_always_takes_it_again(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = greedy(path)
    try:
        for _ in range(5):
            with queued(path, 60.0), pytest.raises(BlockingIOError), locked(path, wait=False):
                pass
    finally:
        process.kill()
        process.communicate()


def test_a_holder_that_was_stopped_delays_others_by_the_timeout(tmp_path: Path) -> None:
    path, ran = tmp_path / "lock", []
    with locked(path):
        begun = time.monotonic()
        with queued(path, 0.05):
            ran.append(True)
        assert ran and time.monotonic() - begun >= 0.05
