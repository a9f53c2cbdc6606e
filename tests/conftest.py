from __future__ import annotations

from pathlib import Path

import pytest
from hash_embedder import HashEmbedder

from sanderling.models import registry


@pytest.fixture
def hash_embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture(scope="session")
def smollm2_path() -> Path:
    """SmolLM2-135M-Instruct Q4_1, the smallest real model of the ladder that needs only the package index."""
    found = registry.installed("smollm2-135m")
    if found is None:
        pytest.skip("smollm2-135m is not here: run  make models")
    return found.path
