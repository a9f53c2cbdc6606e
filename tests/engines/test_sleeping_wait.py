"""The barrier of our engine wheel (``build/engine/sleeping_wait.h``): nobody passes early, and no wake-up is lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HEADERS = HERE.parents[1] / "build/engine"
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("gcc") is None, reason="futexes are Linux's, and gcc compiles the test"
)
SANITIZED = ("-fsanitize=thread", "-g")
Compile = Callable[..., list[str]]


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    def compile_it(*flags: str, header: str = "") -> list[str]:
        """Return the command that runs the stress test, over ``header`` in place of ours if it is not empty."""
        if header:
            (tmp_path / "sleeping_wait.h").write_text(header)
        program, headers = tmp_path / "program", tmp_path if header else HEADERS
        options = ["-std=c11", "-O2", "-pthread", f"-I{headers}", *flags]
        subprocess.run(["gcc", *options, str(HERE / "sleeping_wait.c"), "-o", str(program)], check=True)
        # The sanitizer's shadow memory does not fit every random layout of the address space.
        return ["setarch", "-R", str(program)] if SANITIZED[0] in flags and shutil.which("setarch") else [str(program)]

    return compile_it


def run(command: list[str], *arguments: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=110)


def replaced(before: str, after: str) -> str:
    header = (HEADERS / "sleeping_wait.h").read_text()
    assert header.count(before) == 1
    return header.replace(before, after)


@pytest.mark.parametrize("spin_ns", [0, 1_000, 10_000])
def test_all_meet_in_every_round(compiled: Compile, spin_ns: int) -> None:
    """``spin_ns`` 0 sleeps at every longer wait, 1,000 falls asleep just when the others come."""
    command = compiled(f"-DSLEEPING_WAIT_SPIN_NS={spin_ns}")
    for threads, rounds, pause_every in ((2, 3_000, 0), (2, 500, 7), (5, 300, 11)):
        done = run(command, threads, rounds, pause_every)
        assert (done.returncode, done.stdout) == (0, f"rounds {rounds}, wrong 0, asleep 0\n")


@pytest.mark.parametrize("spin_ns", [0, 10_000])
def test_the_thread_sanitizer_sees_no_race(compiled: Compile, spin_ns: int) -> None:
    done = run(compiled(*SANITIZED, f"-DSLEEPING_WAIT_SPIN_NS={spin_ns}"), 4, 100, 5)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "rounds 100, wrong 0, asleep 0\n"


def test_the_thread_sanitizer_would_see_one(compiled: Compile) -> None:
    loose = replaced("atomic_load_explicit(counter, memory_order_acquire)", "atomic_load_explicit(counter, 0)")
    loose = loose.replace("memory_order_seq_cst", "memory_order_relaxed")
    done = run(compiled(*SANITIZED, header=loose), 4, 100, 5)
    assert "WARNING: ThreadSanitizer: data race" in done.stderr


def test_a_lost_wake_up_is_noticed(compiled: Compile) -> None:
    silent = replaced("if (atomic_load_explicit(sleepers, memory_order_seq_cst) != 0) {", "if (0) {")
    done = run(compiled("-DSLEEPING_WAIT_SPIN_NS=0", "-DLOST_S=1", header=silent), 2, 1_000, 3)
    assert (done.returncode, done.stdout) == (3, "a wake-up was lost\n")
