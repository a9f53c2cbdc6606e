from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from sanderling.errors import ModelUnavailable
from sanderling.models import reuse_verdict
from sanderling.models.reuse_verdict import ReuseVerdict, file_digest, read, record, refusal


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    path = tmp_path / "model.gguf"
    path.write_bytes(b"weights")
    return path


def verdict(model: Path, **changes: object) -> ReuseVerdict:
    found = ReuseVerdict(
        file=file_digest(model),
        model_id="m",
        quant="Q4_0",
        engine="engine 1",
        kv_type="f16",
        workloads=("station",),
        questions=500,
        f1=0.0,
        f1_low=-0.02,
        f1_high=0.02,
        timestamp="2026-11-29T10:00:00+00:00",
    )
    return replace(found, **changes)


def test_what_was_not_compared_is_refused_with_the_command(model: Path) -> None:
    assert refusal(model, "m", "f16").endswith("run  sanderling bench reuse --model m")


def test_what_passed_is_allowed_for_this_file_engine_and_type_alone(model: Path) -> None:
    record(verdict(model))
    assert refusal(model, "m", "f16") == ""
    assert refusal(model, "m", "f16", "engine 1") == ""
    assert "with engine 2" in refusal(model, "m", "f16", "engine 2")
    assert "not compared" in refusal(model, "m", "q8_0", "engine 1")
    model.write_bytes(b"weightz")
    os.utime(model, ns=(1, 1))
    assert "not compared" in refusal(model, "m", "f16", "engine 1")


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"f1_low": -0.03}, "F1 may change by -0.030"), ({"questions": 99}, "99 questions"), ({"f1_low": -0.4}, "-0.400")],
)
def test_what_failed_is_refused_with_its_figure(model: Path, changes: dict[str, object], why: str) -> None:
    record(verdict(model, **changes))
    assert why in refusal(model, "m", "f16")
    assert "\n" not in refusal(model, "m", "f16")


def test_a_newer_verdict_replaces_the_older_one(model: Path, modes, tmp_path: Path) -> None:
    record(verdict(model, f1_low=-0.5))
    record(verdict(model, engine="engine 2"))
    record(verdict(model))
    assert [(each.engine, each.allowed) for each in read()] == [("engine 2", True), ("engine 1", True)]
    assert modes(tmp_path / "home")["calibration.reuse.json"] == 0o600


@pytest.mark.parametrize("damage", [b"", b"[{]", b"\xff", b"{}"])
def test_a_damaged_file_allows_nothing_and_is_replaced(model: Path, damage: bytes, caplog) -> None:
    record(verdict(model))
    reuse_verdict.path().write_bytes(damage)
    assert "not compared" in refusal(model, "m", "f16")
    assert "could not be read" in caplog.text
    record(verdict(model))
    assert refusal(model, "m", "f16") == ""


def test_an_absent_model_is_said(model: Path) -> None:
    model.unlink()
    with pytest.raises(ModelUnavailable, match="pull the model again"):
        refusal(model, "m", "f16")
