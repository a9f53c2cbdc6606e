"""A Python environment for one peer, made by ``venv`` and ``pip``.

It is kept in the data folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from ... import config
from ...errors import UsageError
from .catalogue import Peer

_STAMP = "packages.txt"
_SHOWN = 300
"""Greatest number of characters of pip's last words in an error."""


def folder_of(peer: Peer) -> Path:
    """Return the folder of a peer's environment."""
    return config.home() / "bench" / "peers" / peer.environment


def interpreter(peer: Peer, fresh: bool = False) -> Path:
    """Return the Python interpreter of a peer's environment.

    The environment is made first if it is not there with these packages.

    ``fresh``: make it anew in any case. Raises UsageError if pip cannot install the packages, with its last words.
    """
    folder = folder_of(peer)
    python, stamp, wanted = folder / "bin" / "python", folder / _STAMP, "\n".join(peer.packages)
    if not fresh and python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The interpreter itself, not a virtual environment's: a virtual environment of one sees no packages of its own.
    base = getattr(sys, "_base_executable", sys.executable)
    _run([base, "-m", "venv", str(folder)], peer)
    _run([str(python), "-m", "pip", "install", "--quiet", "--no-input", *peer.packages], peer)
    stamp.write_text(wanted)
    return python


def installed_bytes(peer: Peer) -> int:
    """Return the size of a peer's environment on disk."""
    return sum(path.lstat().st_size for path in folder_of(peer).rglob("*") if not path.is_dir())


def versions(peer: Peer) -> dict[str, str]:
    """Return the installed versions of a peer's packages, by package name."""
    names = [package.partition("[")[0].partition("=")[0].partition(">")[0] for package in peer.packages]
    code = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
    done = subprocess.run(
        [str(folder_of(peer) / "bin" / "python"), "-c", code, *names], capture_output=True, check=True, text=True
    )
    return msgspec.json.decode(done.stdout, type=dict[str, str])


def _run(command: list[str], peer: Peer) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        words = " ".join((done.stderr or done.stdout).split())[-_SHOWN:]
        shutil.rmtree(folder_of(peer), ignore_errors=True)
        raise UsageError(f"the environment of {peer.name} cannot be made: {words}")
