from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def smollm2_path() -> Path:
    """SmolLM2-135M-Instruct Q4_1, the smallest real model of the ladder that needs only the package index."""
    path = os.environ.get("SANDERLING_TEST_MODEL")
    if not path:
        pytest.skip("SANDERLING_TEST_MODEL does not name a model file")
    return Path(path)
