from __future__ import annotations

import logging

import pytest

from sanderling import calibration
from sanderling.calibration import Measurement


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
