from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sanderling.device import Device, calibration, profiles
from sanderling.errors import DownloadError
from sanderling.models import registry, survey
from sanderling.models.synth.shapes import SHAPES, Shape
from sanderling.models.synth.write import folder, header_of, write

TINY = Shape(label="tiny", width=512, n_layers=3, attention_layers=(1,), feed_forward=768, vocabulary=4096)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    monkeypatch.setattr(survey, "available_ram_bytes", lambda: 1_200_000_000)
    return tmp_path


def rows(**options) -> dict[tuple[str, str], survey.Prospect]:
    detected = profiles.choose("x86_laptop", Device(os="linux", arch="x86_64", isa=("avx2",)))
    return {(row.model_id, row.quant): row for row in survey.survey(4096, detected, **options)}


def test_every_generator_is_judged_before_any_download() -> None:
    found = rows()
    generators = [entry for entry in registry.entries().values() if entry.ladder]
    assert set(found) == {(entry.id, quant) for entry in generators for quant in entry.quants}
    assert not any(row.installed for row in found.values())
    assert {row.basis for row in found.values()} == {"shape", "size"}
    assert found["lfm2-350m", "Q4_0"].verdict == "fits"
    # 1.45 GB at the peak, of which 0.55 GB are not read again.
    assert found["lfm2-1.2b", "Q4_0"].verdict == "tight"
    assert found["lfm2-2.6b", "Q4_0"].verdict == "no"


def test_what_was_measured_with_this_context_is_shown() -> None:
    measured = calibration.Measurement(
        model_id="lfm2-350m",
        quant="Q4_0",
        engine="llama_cpp 0.3.36",
        n_threads=4,
        prefill_tokens_per_s=180.0,
        decode_tokens_per_s=31.0,
        rss_bytes=540_000_000,
        n_ctx=4096,
        machine={},
        timestamp="2026-11-23T12:00:00+00:00",
    )
    calibration.record(measured)
    assert rows()["lfm2-350m", "Q4_0"].measured_bytes == 540_000_000
    calibration.record(msgspec.structs.replace(measured, n_ctx=8192))
    assert rows()["lfm2-350m", "Q4_0"].measured_bytes is None


def test_files_that_are_here_are_read() -> None:
    write(folder() / "mine.gguf", TINY, "Q4_0", seed=0)
    row = rows()["mine", "Q4_0"]
    assert (row.installed, row.synthetic, row.basis) == (True, True, "file")
    assert row.footprint.mapped_bytes < row.predicted_bytes


def test_the_network_is_asked_only_when_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def read(source):
        asked.append(source.file)
        if len(asked) == 1:
            raise DownloadError("refused")
        return header_of(SHAPES["lfm2-350m"], "Q4_0")

    monkeypatch.setattr(survey, "read_remote_header", read)
    assert rows()["lfm2-350m", "Q4_0"].basis == "shape"
    assert asked == []
    found = rows(hub=True)
    assert (found["lfm2-350m", "Q4_0"].basis, found["lfm2-350m", "Q4_0"].note) == ("shape", "refused")
    assert found["lfm2-350m", "Q4_K_M"].basis == "hub"
    assert found["smollm2-135m", "Q4_1"].basis == "size", "wheels have no ranges"
    assert len(asked) == 31  # 16 of LFM2 and 15 of LFM2.5
