"""The name of a kept memory says which code made it."""

from __future__ import annotations

from pathlib import Path

import sanderling
from sanderling.bench_device.retrieval.kept import _DECIDING


def test_modules_that_decide_what_a_memory_holds_exist() -> None:
    folder = Path(sanderling.__file__).parent
    assert [pattern for pattern in _DECIDING if not any(folder.glob(pattern))] == []
