"""What git tracks of this checkout."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PACKAGE = TOP / "python" / "sanderling"


@cache
def tracked() -> tuple[str, ...]:
    """Names of the tracked files that exist, relative to the top. Skips the test outside of a checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], check=False, cwd=TOP, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a checkout: nobody says which files belong to the project")
    return tuple(name for name in listed.stdout.split("\0") if name and (TOP / name).is_file())


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    """Name and content of the tracked text files that end in one of ``suffixes``; none: of all."""
    for name in tracked():
        data = (TOP / name).read_bytes()
        if (not suffixes or name.endswith(suffixes)) and b"\0" not in data:
            yield name, data.decode("utf-8", "replace")
