from __future__ import annotations

import os
from pathlib import Path

import pytest
from gguf_files import write_lfm2

from sanderling.errors import ModelUnavailable, OutOfMemory
from sanderling.models import fit, registry
from sanderling.models.footprint import Footprint
from sanderling.models.synth.shapes import SHAPES
from sanderling.models.synth.write import header_of


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_lfm2(tmp_path / "tiny.gguf")


def _leave(monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    monkeypatch.setattr(fit, "available_ram_bytes", lambda: left)


def _footprint(mapped: int, idle: int) -> Footprint:
    parts = dict.fromkeys(("repacked", "kv", "recurrent", "compute", "vocabulary", "process"), 0)
    return Footprint(mapped_bytes=mapped, idle_bytes=idle, **{f"{name}_bytes": value for name, value in parts.items()})


@pytest.mark.parametrize(
    "left, expected", [(1101, "fits"), (1099, "tight"), (600, "tight"), (599, "no"), (0, "no"), (10**12, "fits")]
)
def test_the_verdict_knows_a_peak_and_a_least(left: int, expected: str) -> None:
    assert fit.verdict(_footprint(mapped=1000, idle=400), left) == expected


def test_the_least_is_enough_to_the_byte(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need = fit.needed_bytes(model, 4096)
    _leave(monkeypatch, need)
    assert fit.require(model, 4096).verdict == "tight"
    _leave(monkeypatch, need - 1)
    with pytest.raises(OutOfMemory):
        fit.require(model, 4096)


def test_a_gpu_holds_no_second_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "this_isa", lambda: ("avx2",))
    header = header_of(SHAPES["lfm2-350m"], "Q4_0")
    assert fit.footprint_of(header, 512).repacked_bytes > 0
    assert fit.footprint_of(header, 512, gpu=True).repacked_bytes == 0


def test_a_header_is_read_again_when_the_file_changes(model: Path) -> None:
    before = fit.header_of(model)
    assert fit.header_of(model) is before
    model.write_bytes(model.read_bytes().replace(b"tiny", b"tuny"))
    os.utime(model, (1, 1))
    assert fit.header_of(model).name == "tuny"
    model.unlink()
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        fit.header_of(model)


def test_a_smaller_context_is_proposed(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _leave(monkeypatch, fit.needed_bytes(model, 2048))
    with pytest.raises(OutOfMemory, match="context of 2048 tokens"):
        fit.require(model, 8192)


def test_else_the_largest_pulled_model_that_fits(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = write_lfm2(tmp_path / "small.gguf"), write_lfm2(tmp_path / "large.gguf", rows=30)
    write_lfm2(model, rows=300)
    monkeypatch.setattr(registry, "all_installed", lambda: tuple(map(registry.from_path, (small, large))))
    _leave(monkeypatch, fit.needed_bytes(large, 512))
    with pytest.raises(OutOfMemory, match="use large, which fits"):
        fit.require(model, 512)


def test_else_memory_has_to_be_freed(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "all_installed", tuple)
    _leave(monkeypatch, 1000)
    with pytest.raises(OutOfMemory, match="free memory"):
        fit.require(model, 512)
