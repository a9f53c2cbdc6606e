from __future__ import annotations

from pathlib import Path

import pytest
from gguf_files import write_lfm2

from sanderling.errors import OutOfMemory
from sanderling.models import fit, registry


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_lfm2(tmp_path / "tiny.gguf")


def _leave(monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    monkeypatch.setattr(fit, "available_ram_bytes", lambda: left)


def test_the_need_is_file_cache_and_overhead(model: Path) -> None:
    cache = 8192 * 2048 + 3 * 256 * 2 * 4
    assert fit.needed_bytes(model, 8192) == model.stat().st_size + cache + fit.OVERHEAD_BYTES


def test_fits_to_the_byte(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need = fit.needed_bytes(model, 4096)
    _leave(monkeypatch, need)
    assert fit.require(model, 4096).verdict == "fits"
    _leave(monkeypatch, need - 1)
    assert fit.check(model, 4096).verdict == "too_large"


def test_a_smaller_context_is_proposed(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _leave(monkeypatch, fit.needed_bytes(model, 2048))
    with pytest.raises(OutOfMemory, match="context of 2048 tokens"):
        fit.require(model, 8192)


def test_else_the_largest_pulled_model_that_fits(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = write_lfm2(tmp_path / "small.gguf"), write_lfm2(tmp_path / "large.gguf")
    with large.open("ab") as out:
        out.write(bytes(1000))
    with model.open("ab") as out:
        out.write(bytes(100_000))
    monkeypatch.setattr(registry, "all_installed", lambda: tuple(map(registry.from_path, (small, large))))
    _leave(monkeypatch, fit.needed_bytes(large, 512))
    with pytest.raises(OutOfMemory, match="use large, which fits"):
        fit.require(model, 512)


def test_else_memory_has_to_be_freed(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "all_installed", tuple)
    _leave(monkeypatch, 1000)
    with pytest.raises(OutOfMemory, match="free memory"):
        fit.require(model, 512)
