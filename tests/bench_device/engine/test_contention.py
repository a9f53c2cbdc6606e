from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sanderling.bench_device.engine import contention
from sanderling.bench_device.engine.contention import Setting
from sanderling.engines import Worker
from sanderling.engines.protocol import LoadSpec
from sanderling.engines.scripted import Rule, Script


@pytest.fixture
def worker(tmp_path: Path):
    path = tmp_path / "script.json"
    path.write_bytes(msgspec.json.encode(Script(rules=(Rule(say="word " * 40_000),))))
    with Worker("scripted") as worker:
        worker.load(LoadSpec(model_id="m", path=str(path), n_ctx=1_000_000, n_threads=1, n_threads_prefill=1))
        yield worker


def test_a_request_beside_busy_processes(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "LONGEST_WINDOW_S", 0.0)
    found = contention._sample(worker, Setting(name="x"), (65, 66), 7, 1, 3)
    assert (found.busy, found.setting, found.round, found.decoded) == (1, "x", 3, 6)
    assert min(found.busy_cpus, found.rest_cpus) >= 0


def test_a_request_that_takes_too_long_is_ended(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "LONGEST_S", 0.1)
    finish, drawn = contention._request(worker, Setting(name="x"), (65, 66), 200_000)
    assert finish.reason == "cancelled"
    assert drawn < 200_000


@pytest.mark.model
def test_room_for_all_workers_is_asked_for(smollm2_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sanderling.errors import OutOfMemory

    spec = LoadSpec(model_id="m", path=str(smollm2_path), n_ctx=256, n_threads=1, n_threads_prefill=1)
    contention._require_room(spec, 1)
    monkeypatch.setattr("sanderling.models.fit.available_ram_bytes", lambda: 500_000_000)
    with pytest.raises(OutOfMemory, match="4 workers of m need"):
        contention._require_room(spec, 4)
