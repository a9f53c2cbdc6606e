"""The measurement on a small model: that it measures what it says. No figure is asserted."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from msgspec.structs import replace
from tiny_lfm2 import write_tiny_lfm2

from sanderling.bench_device.engine.note_states_speed import measure
from sanderling.engines import Worker
from sanderling.errors import UsageError


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    pytest.importorskip("gguf", reason="the gguf package writes the test model")
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed")
    path = tmp_path / "tiny.gguf"
    write_tiny_lfm2(path, seed=7)
    return str(path)


def test_known_states_give_the_answer_of_a_new_process(tiny: str) -> None:
    report = measure(tiny, engine="xllamacpp", profile="generic", n_threads=1, context_tokens=250, rounds=2)
    assert [sample.context_tokens for sample in report.samples] == [250, 250]
    assert all(sample.same for sample in report.samples)
    assert all(min(sample.whole_ms, sample.first_use_ms, sample.known_ms) > 0 for sample in report.samples)


def test_a_model_whose_states_cannot_be_merged_is_refused(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load = Worker.load
    monkeypatch.setattr(Worker, "load", lambda self, spec: replace(load(self, spec), no_note_states="of a window"))
    with pytest.raises(UsageError, match="cannot use states of notes: of a window"):
        measure(tiny, engine="xllamacpp", profile="generic", n_threads=1, context_tokens=64, rounds=1)
