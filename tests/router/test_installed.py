"""Installing, going back, and a process killed at every step of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sanderling.errors import UsageError
from sanderling.router import installed


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))


def current() -> bytes | None:
    return installed.weights().read_bytes() if installed.state().current else None


def test_the_previous_one_is_kept_and_put_back() -> None:
    with pytest.raises(UsageError, match="no router is installed"):
        installed.weights()
    with pytest.raises(UsageError, match="nothing to go back to"):
        installed.rollback()
    installed.install(b"one", "1", ())
    installed.install(b"two", "2", ())
    assert current() == b"two"
    installed.rollback()
    assert current() == b"one"
    installed.rollback()
    assert current() == b"two"
    installed.install(b"three", "3", ())
    assert {file.read_bytes() for file in installed.folder().glob("*.grnn")} == {b"two", b"three"}


def test_back_from_the_first_one_is_no_router() -> None:
    installed.install(b"one", "1", ())
    assert installed.rollback().current is None
    with pytest.raises(UsageError, match="--router rule"):
        installed.weights()
    installed.rollback()
    assert current() == b"one"


KILLED = """
import os, signal, sys
from pathlib import Path
from sanderling.router import installed

left = int(sys.argv[1])

def counted(real):
    def run(*arguments):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)
    return run

os.fsync = counted(os.fsync)
Path.replace, Path.unlink = counted(Path.replace), counted(Path.unlink)
installed.rollback() if sys.argv[2] == "back" else installed.install(b"three", "3", ())
"""


@pytest.mark.parametrize(
    ("what", "step", "left"),
    [("back", 0, b"two"), ("back", 1, b"two"), *(("on", step, b"two") for step in range(4)), ("on", 4, b"three")],
)
def test_killed_before_any_step_there_is_a_whole_router(what: str, step: int, left: bytes) -> None:
    installed.install(b"one", "1", ())
    installed.install(b"two", "2", ())
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(step), what],
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == -signal.SIGKILL
    assert current() == left
    assert installed.state().previous is not None
    installed.install(b"four", "4", ())
    assert current() == b"four"
    assert len(list(installed.folder().glob("*.grnn*"))) == 2


def test_a_damaged_state_says_what_to_do() -> None:
    installed.install(b"one", "1", ())
    (installed.folder() / "installed.json").write_bytes(b"{")
    with pytest.raises(UsageError, match="delete it and train again"):
        installed.state()


def test_other_models_are_refused() -> None:
    installed.check_ladder(("", "small", "big"), {1: "small"})
    for rungs in ({0: "tiny"}, {1: "other"}, {3: "huge"}):
        with pytest.raises(UsageError, match="trained for small, big"):
            installed.check_ladder(("", "small", "big"), rungs)


def test_weights_of_one_ladder_are_refused_on_another() -> None:
    rungs = {0: "lfm2.5-230m", 1: "lfm2.5-350m"}
    with pytest.raises(UsageError, match=r"trained for the ladder lfm2 \(lfm2-350m\), here is lfm2\.5"):
        installed.check_ladder(("lfm2-350m",), rungs, "lfm2", "lfm2.5")
    installed.check_ladder(("lfm2.5-230m", "lfm2.5-350m"), rungs, "lfm2.5", "lfm2.5")
    installed.check_ladder(("lfm2.5-230m", "lfm2.5-350m"), rungs, "", "lfm2.5")
