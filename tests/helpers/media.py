"""Real read-only and full file systems for tests, and what stands in for them where nobody may mount."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sanderling.disk import medium


def _mount(*arguments: object) -> None:
    if sys.platform != "linux":
        pytest.skip("these mounts are Linux's")
    done = subprocess.run(["mount", *map(str, arguments)], check=False, capture_output=True)
    if done.returncode != 0:
        pytest.skip("mounting takes root")


@contextmanager
def read_only(folder: Path, at: Path) -> Iterator[Path]:
    """``folder`` again at ``at``, where nothing can be written, by root neither; in ``folder`` it still can."""
    at.mkdir(exist_ok=True)
    _mount("--bind", folder, at)
    try:
        _mount("-o", "remount,ro,bind", at)
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


@contextmanager
def small(at: Path, size: str) -> Iterator[Path]:
    """A disk of ``size`` at ``at``, as mount takes it: 64k, 1m."""
    at.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "none", at)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room there is; returns the file that has it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


def pretend_read_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing below ``folder`` count as writable, whoever asks; it is read as on a real read-only medium."""
    real = medium.unwritable
    why = "it is on a read-only file system"
    monkeypatch.setattr(medium, "unwritable", lambda path: why if path.is_relative_to(folder) else real(path))
