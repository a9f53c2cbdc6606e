from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from hash_embedder import HashEmbedder

from sanderling.models import registry
from sanderling.router import rule

# A deadline measures what else the machine does; times belong to benchmarks.
# Under qemu, ten times slower than here: what it finds does not hang on luck, and a deadline would only measure it.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
hypothesis.settings.register_profile("emulated", max_examples=20, deadline=None, derandomize=True)


@pytest.fixture
def hash_embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def smallest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is quick enough for the rule, so that it takes the smallest."""
    monkeypatch.setattr(rule, "PATIENCE_MS", -1.0)


@pytest.fixture(scope="session")
def smollm2_path() -> Path:
    """SmolLM2-135M-Instruct Q4_1, the smallest real model of the ladder that needs only the package index."""
    found = registry.installed("smollm2-135m")
    if found is None:
        pytest.skip("smollm2-135m is not here: run  make models")
    return found.path


@pytest.fixture
def modes() -> Iterator[Callable[[Path], dict[str, int]]]:
    """Modes of the files below a folder, made while everybody may read what is made without a mode of its own."""
    before = os.umask(0)
    yield lambda folder: {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    os.umask(before)
