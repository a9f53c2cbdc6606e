"""An environment is made once, and made anew when its packages change; what pip says is told in one line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from sanderling.bench_device.peers import environment
from sanderling.bench_device.peers.catalogue import PEERS
from sanderling.errors import UsageError


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that are run; the first makes the folder, none reaches an index."""
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    ran: list[list[str]] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        if command[1:3] == ["-m", "venv"]:
            python = Path(command[3]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.touch()
        failed = "broken" in " ".join(command)
        return subprocess.CompletedProcess(command, int(failed), "", "ERROR: no\n such package" if failed else "")

    monkeypatch.setattr(subprocess, "run", run)
    return ran


def test_it_is_made_once(commands: list[list[str]]) -> None:
    peer = PEERS[0]
    python = environment.interpreter(peer)
    assert python == environment.folder_of(peer) / "bin" / "python"
    assert [command[-len(peer.packages) :] for command in commands[1:]] == [list(peer.packages)]
    environment.interpreter(peer)
    assert len(commands) == 2
    environment.interpreter(peer, fresh=True)
    assert len(commands) == 4
    environment.interpreter(msgspec.structs.replace(peer, packages=("other==1",)))
    assert len(commands) == 6


def test_what_pip_says_is_told_and_nothing_half_made_stays(commands: list[list[str]]) -> None:
    broken = msgspec.structs.replace(PEERS[0], packages=("broken==1",))
    with pytest.raises(UsageError, match="cannot be made: ERROR: no such package"):
        environment.interpreter(broken)
    assert not environment.folder_of(broken).exists()
