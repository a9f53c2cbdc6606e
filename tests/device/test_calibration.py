from __future__ import annotations

import json
import logging

import media
import pytest
from msgspec.structs import replace

from sanderling.device import calibration
from sanderling.device.calibration import Measurement


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    return tmp_path


def measured(decode: float = 30.0, *, hour: int = 12, n_threads: int = 4, model_id: str = "a") -> Measurement:
    return Measurement(
        model_id=model_id,
        quant="Q4_0",
        engine="xllamacpp",
        n_threads=n_threads,
        prefill_tokens_per_s=100.0,
        decode_tokens_per_s=decode,
        rss_bytes=1,
        machine={"cpu": "x", "cores": [{"kind": "big", "count": 4}]},
        timestamp=f"2026-11-23T{hour:02}:00:00+00:00",
    )


def test_nothing_was_measured() -> None:
    assert calibration.read() == ()
    assert calibration.lookup("a", "Q4_0") is None


def test_what_is_recorded_is_found(home) -> None:
    calibration.record(measured())
    assert calibration.lookup("a", "Q4_0") == measured()
    assert calibration.lookup("a", "Q8_0") is None
    assert sorted(path.name for path in home.iterdir()) == ["calibration.json", "calibration.lock"]


def test_the_same_setting_is_replaced_and_the_latest_of_others_wins() -> None:
    calibration.record(measured(30.0, hour=12))
    calibration.record(measured(33.0, hour=13))
    calibration.record(measured(20.0, hour=11, n_threads=8))
    calibration.record(measured(99.0, hour=14, model_id="b"))
    assert len(calibration.read()) == 3
    assert calibration.lookup("a", "Q4_0") == measured(33.0, hour=13)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="must be a positive number"):
        calibration.record(measured(speed))


@pytest.mark.parametrize("content", [b"", b"{", b'[{"model_id": 1}]', b"\xff\xfe"])
def test_a_damaged_file_is_set_aside_and_costs_nothing_else(home, caplog, content: bytes) -> None:
    (home / "calibration.json").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert calibration.lookup("a", "Q4_0") is None
    assert "calibration.json.damaged" in caplog.text
    assert (home / "calibration.json.damaged").read_bytes() == content
    calibration.record(measured())
    assert calibration.lookup("a", "Q4_0") is not None


def test_fields_of_other_versions_are_kept(home) -> None:
    calibration.record(measured())
    calibration.record(measured(model_id="b"))
    path = home / "calibration.json"
    entries = json.loads(path.read_bytes())
    for entry in entries:
        entry["from_the_future"] = {"model": entry["model_id"]}
    path.write_text(json.dumps(entries))
    calibration.record(measured(33.0, hour=13))
    found = {entry["model_id"]: entry for entry in json.loads(path.read_bytes())}
    assert found["a"]["from_the_future"] == {"model": "a"}
    assert found["b"]["from_the_future"] == {"model": "b"}
    assert found["a"]["decode_tokens_per_s"] == 33.0


def test_a_file_of_an_older_version_is_read(home) -> None:
    calibration.record(measured())
    path = home / "calibration.json"
    (entry,) = json.loads(path.read_bytes())
    newer = {"synthetic", "n_threads_prefill", "n_ctx", "prefill_tokens", "load_ms", "load_cold_ms", "verdict"}
    path.write_text(json.dumps([{name: value for name, value in entry.items() if name not in newer}]))
    assert calibration.lookup("a", "Q4_0") == measured()


def test_a_valid_measurement_gives_way_only_to_a_valid_one() -> None:
    calibration.record(replace(measured(30.0, hour=12), verdict="VALID"))
    calibration.record(replace(measured(10.0, hour=13), verdict="BUSY"))
    assert calibration.lookup("a", "Q4_0").decode_tokens_per_s == 30.0
    calibration.record(replace(measured(31.0, hour=14), verdict="VALID"))
    assert calibration.lookup("a", "Q4_0").decode_tokens_per_s == 31.0
    assert len(calibration.read()) == 1


def test_lookup_prefers_its_threads_then_valid_ones_then_late_ones() -> None:
    calibration.record(replace(measured(1.0, hour=10, n_threads=1), verdict="VALID"))
    calibration.record(replace(measured(4.0, hour=9, n_threads=4), verdict="BUSY"))
    calibration.record(replace(measured(8.0, hour=12, n_threads=8), verdict="BUSY"))
    assert calibration.lookup("a", "Q4_0", n_threads=4).decode_tokens_per_s == 4.0
    assert calibration.lookup("a", "Q4_0").decode_tokens_per_s == 1.0
    assert calibration.lookup("a", "Q4_0", n_threads=2).decode_tokens_per_s == 1.0


def test_lookup_by_context() -> None:
    calibration.record(replace(measured(), n_ctx=4096))
    assert calibration.lookup("a", "Q4_0", 4096) is not None
    assert calibration.lookup("a", "Q4_0", 8192) is None


def test_a_file_that_can_be_neither_read_nor_moved_is_passed_over(tmp_path, monkeypatch, caplog) -> None:
    for name, write in (("damaged", lambda path: path.write_bytes(b"{")), ("folder", lambda path: path.mkdir())):
        home = tmp_path / name
        home.mkdir()
        write(home / "calibration.json")
        with media.read_only(home, tmp_path / "fixed") as fixed, caplog.at_level(logging.WARNING):
            monkeypatch.setenv("SANDERLING_HOME", str(fixed))
            assert calibration.read() == ()
        assert caplog.text.count("passed over") == 1
        caplog.clear()
