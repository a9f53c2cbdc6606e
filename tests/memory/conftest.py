from __future__ import annotations

import numpy as np
import pytest

from sanderling.memory import Memory
from sanderling.memory.store.store import Store


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path / "notes.sanderling", "test-4", 4)
    yield store
    store.close()


@pytest.fixture
def memory(tmp_path, hash_embedder):
    with Memory.open(tmp_path / "notes.sanderling", hash_embedder) as memory:
        yield memory


@pytest.fixture
def folder(tmp_path):
    """A folder of notes, filled by calling it with name=text pairs."""
    root = tmp_path / "notes"
    root.mkdir()

    def fill(files):
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return fill


@pytest.fixture
def unit():
    """Vectors of dimension 4, different for different seeds."""

    def make(*seeds):
        return np.stack([np.random.default_rng(seed).normal(size=4) for seed in seeds]).astype(np.float32)

    return make
