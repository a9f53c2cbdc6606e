from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sanderling.bench_device.engine import contention
from sanderling.bench_device.engine.contention import FIXED, SHIPPED, Cell, Sample, Setting, cells
from sanderling.engines import Worker
from sanderling.engines.protocol import LoadSpec
from sanderling.engines.scripted import Rule, Script

PROMPT = 100


def sample(busy: int, setting: str, number: int, wall: float, cpu: float, decoded: int = 10) -> Sample:
    """A request of ``wall`` and ``cpu`` ms per token in both phases."""
    return Sample(
        busy=busy,
        setting=setting,
        round=number,
        prefill_ms=wall * PROMPT,
        decode_ms=wall * decoded,
        prefill_cpu_ms=cpu * PROMPT,
        decode_cpu_ms=cpu * decoded,
        decoded=decoded,
        worker_cpus=1.0,
        busy_cpus=0.0,
        rest_cpus=0.0,
        n_threads_prefill=2,
        n_threads=1,
    )


def cell(found: tuple[Cell, ...], busy: int, setting: str, phase: str = "decode") -> Cell:
    return next(each for each in found if (each.busy, each.setting, each.phase) == (busy, setting, phase))


def test_ratios_are_those_of_each_round() -> None:
    one, all_ = FIXED[0].name, FIXED[1].name
    samples = []
    for number, slow in enumerate((1.0, 2.0, 4.0)):  # the machine slows down: a ratio of medians would not see it
        samples += [
            sample(0, SHIPPED.name, number, 2 * slow, 3 * slow),
            sample(0, one, number, 3 * slow, 3 * slow),
            sample(0, all_, number, 2 * slow, 4 * slow),
            sample(2, SHIPPED.name, number, 6 * slow, 3.3 * slow),
            sample(2, one, number, 5 * slow, 3 * slow),
            sample(2, all_, number, 50 * slow, 40 * slow),
        ]
    found = cells(samples, PROMPT)
    for phase in ("prefill", "decode"):
        idle, busy = cell(found, 0, SHIPPED.name, phase), cell(found, 2, SHIPPED.name, phase)
        assert (idle.best, idle.wall_to_best, idle.cpu_to_idle) == (all_, pytest.approx(1.0), pytest.approx(1.0))
        assert (busy.best, busy.wall_to_best, busy.cpu_to_idle) == (one, pytest.approx(1.2), pytest.approx(1.1))
        assert (busy.wall_ms, busy.cpu_ms, busy.samples) == (pytest.approx(12), pytest.approx(6.6), 3)
    assert cell(found, 2, all_).cpu_to_idle == pytest.approx(40 / 3)


def test_what_was_not_measured_has_no_ratio() -> None:
    one = FIXED[0].name
    found = cells([sample(1, SHIPPED.name, 0, 2, 2), sample(1, one, 0, 2, 2, decoded=0)], PROMPT)
    assert cell(found, 1, SHIPPED.name).cpu_to_idle is None  # nothing was measured when idle
    assert [each.setting for each in found if each.phase == "decode"] == [SHIPPED.name]  # no token was decoded
    assert cell(found, 1, SHIPPED.name).wall_to_best is None


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
