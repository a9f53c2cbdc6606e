from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pump_notes import Opens, runtimes


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
