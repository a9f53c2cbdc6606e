"""``sanderling models requantize`` with the real quantizer and engine, on a model of half a megabyte."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tiny_lfm2 import write_tiny_lfm2

from sanderling.bench_device.fidelity import compare, prompts
from sanderling.bench_device.fidelity.prompts import ShortPrompt
from sanderling.engines.requantize import quantizer
from sanderling.errors import MissingExtra


@pytest.fixture
def model(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("gguf", reason="the gguf package writes the test models")
    try:
        quantizer()
    except MissingExtra as error:
        pytest.skip(str(error))
    # A byte is a token to this model, and its context is 1024 long.
    few = tuple(msgspec.structs.replace(each, message=each.message[-200:]) for each in prompts.station()[:6])
    assert all(isinstance(each, ShortPrompt) for each in few)
    monkeypatch.setattr(prompts, "station", lambda: few)
    path = tmp_path / "own" / "tiny.gguf"
    path.parent.mkdir()
    write_tiny_lfm2(path, 7)
    return path


def test_a_file_of_ones_own_is_written_beside_it_and_can_be_used(call, model: Path) -> None:
    made = call("models", "requantize", model, "--to", "Q8_0")
    assert made.code == 0, made.err
    assert made.out.splitlines()[0].endswith(f"Q8_0 made of tiny.gguf by {made.out.split(' by ')[1].splitlines()[0]}")
    assert "on 6 questions its predictions diverge by" in made.out
    assert f"use it with  --model {model.with_name('tiny-Q8_0.gguf')}" in made.out
    assert sorted(path.name for path in model.parent.iterdir()) == ["tiny-Q8_0.gguf", "tiny.gguf"]


def test_json_has_the_file_and_the_comparison(call, model: Path) -> None:
    shown = call("models", "requantize", model, "--to", "Q8_0", "--json").json
    assert (shown["made"]["quant"], shown["fidelity"]["n"]) == ("Q8_0", 6)
    assert 0 <= shown["fidelity"]["kl"]["high"] <= compare.LARGEST_KL


def test_a_spoilt_file_is_removed_and_the_command_fails(call, refused, model: Path, monkeypatch) -> None:
    monkeypatch.setattr(compare, "LARGEST_KL", 0.0)
    refused(call("models", "requantize", model, "--to", "Q4_0"), 5, "tiny.gguf as Q4_0", "was removed", "diverge")
    assert [path.name for path in model.parent.iterdir()] == ["tiny.gguf"]


def test_what_cannot_be_requantized_is_refused_in_one_line(call, refused, model: Path, tmp_path: Path) -> None:
    refused(call("models", "requantize", "nope"), 2, "did you mean")
    refused(call("models", "requantize", "minilm-l6-v2-int8"), 2, "no model that generates text")
    refused(call("models", "requantize", "smollm2-135m"), 5, "models pull smollm2-135m")
    refused(call("models", "requantize", tmp_path / "absent.gguf"), 5, "absent.gguf")
    other = tmp_path / "text.gguf"
    other.write_text("no model")
    refused(call("models", "requantize", other), 5, "no usable GGUF")
    assert call("models", "requantize", model, "--to", "Q3_K").code == 2
