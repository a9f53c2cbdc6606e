from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.device.last_benchmark import BenchedModel, LastBenchmark, keep, last_benchmark

FOUND = LastBenchmark(started="2026-11-28T10:00:00+00:00", cpu="Test CPU", models=(BenchedModel(label="small"),))


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    return tmp_path / "bench" / "last.json"


def test_the_last_one_is_kept() -> None:
    assert last_benchmark() is None
    keep(FOUND)
    keep(LastBenchmark(started="later", cpu="", models=()))
    assert last_benchmark() == LastBenchmark(started="later", cpu="", models=())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"started": 1}', b"x" * (2 << 20)])
def test_a_file_that_is_none_counts_as_absent(file: Path, data: bytes) -> None:
    keep(FOUND)
    file.write_bytes(data)
    assert last_benchmark() is None
    keep(FOUND)
    assert last_benchmark() == FOUND
