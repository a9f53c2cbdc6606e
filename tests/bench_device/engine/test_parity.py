"""The two measurements on a small model: that they measure what they say. No figure is asserted."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from tiny_lfm2 import write_tiny_lfm2
from typer.testing import CliRunner

from sanderling.bench_device.engine import parity, state
from sanderling.cli.bench.memory_index import app


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    pytest.importorskip("gguf", reason="the gguf package writes the test model")
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed")
    path = tmp_path / "tiny.gguf"
    write_tiny_lfm2(path, seed=7)
    return str(path)


def test_the_second_turn_is_computed_from_its_new_part_and_is_equal(tiny: str) -> None:
    report = state.measure(
        tiny, engine="xllamacpp", profile="generic", n_threads=1, conversation_tokens=400, answer_tokens=6, rounds=2
    )
    assert len(report.samples) == 2
    for sample in report.samples:
        assert sample.same_steps
        assert 0 < sample.cached_tokens < sample.prompt_tokens
        assert sample.cached_tokens > 300
        assert sample.agreeing_tokens <= sample.answer_tokens


@pytest.mark.model
def test_both_sides_compute_the_same_tokens(smollm2_path: Path) -> None:
    arguments = ["parity", "--model", str(smollm2_path), "--threads", "1", "--engine", "xllamacpp", "--rounds", "2"]
    result = CliRunner().invoke(app, [*arguments, "--prompt-tokens", "16", "--decode-tokens", "3"])
    assert result.exit_code == 0, result.output
    assert "pp16" in result.stdout
    assert "tg2" in result.stdout
    report = parity.measure(str(smollm2_path), n_threads=1, prompt_tokens=16, decode_tokens=3, rounds=3)
    assert [each.ours_first for each in report.rounds] == [True, True, False]
    assert report.decode_tokens == 2
    assert all(each.ours.decode_ms > 0 and each.direct.decode_ms > 0 for each in report.rounds)
