from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pump_notes import Opens, runtimes
from scripted_model import model
from served import client
from starlette.testclient import TestClient

from sanderling.runtime import Runtime


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """One for a whole file, with a small and a big model; what a question says decides what they say."""
    folder = tmp_path_factory.mktemp("served")
    rules = (
        {"when": "storm", "say": "Th", "then": "crash"},
        {"when": "indented", "say": "\n  Ada"},
        {"when": "refuse", "say": "Th", "then": "raise"},
        {"when": "long", "say": "one two three " * 40},
        {"when": "slowly", "say": "one two three " * 40, "token_ms": 10.0},
    )
    with pytest.MonkeyPatch.context() as patch, runtimes(folder, patch) as opens:
        yield opens(model(folder, "small", 1, *rules, say="Ada Lind"), model(folder, "big", 2, *rules, say="Narvik"))


@pytest.fixture(scope="module")
def http(runtime: Runtime) -> Iterator[TestClient]:
    with client(runtime) as found:
        yield found
