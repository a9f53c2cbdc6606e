from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest
from tiny_lfm2 import write_tiny_lfm2

from sanderling import child_process
from sanderling.engines import requantize as module
from sanderling.engines.requantize import TARGETS, quantizer, requantize
from sanderling.errors import EngineError, MissingExtra
from sanderling.models.gguf import read_header


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    pytest.importorskip("gguf", reason="the gguf package writes the test models")
    try:
        quantizer()
    except MissingExtra as error:
        pytest.skip(str(error))
    path = tmp_path / "tiny.gguf"
    write_tiny_lfm2(path, 7)
    return path


@pytest.mark.parametrize("quant", TARGETS)
def test_the_layers_get_the_type_and_the_rest_stays(tiny: Path, tmp_path: Path, quant) -> None:
    before = read_header(tiny)
    out = tmp_path / "out.gguf"
    name = requantize(tiny, out, quant, 1)
    after = read_header(out)
    assert name.split()[0] == quantizer()
    assert (after.quant, after.architecture, after.vocab_size) == (quant, "lfm2", before.vocab_size)
    kinds = {tensor.name: tensor.kind for tensor in after.tensors}
    assert kinds["blk.0.ffn_up.weight"] == {"IQ4_NL": 20, "Q4_0": 2, "Q8_0": 8}[quant]
    assert kinds["blk.0.attn_norm.weight"] == 0
    assert [tensor.dims for tensor in after.tensors] == [
        next(old.dims for old in before.tensors if old.name == tensor.name) for tensor in after.tensors
    ]


def test_a_file_that_is_no_gguf_is_named_with_the_reason(tiny: Path, tmp_path: Path) -> None:
    tiny.write_bytes(b"PK" + tiny.read_bytes())
    with pytest.raises(EngineError, match=r"tiny.gguf could not be written as Q8_0: .*"):
        requantize(tiny, tmp_path / "out.gguf", "Q8_0", 1)


def test_a_crash_of_the_quantizer_is_an_error(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    died = subprocess.CompletedProcess([], -11, stdout="", stderr="half a line of the library")
    monkeypatch.setattr(child_process, "run", lambda *_: died)
    with pytest.raises(EngineError, match="ended by SIGSEGV"):
        requantize(tiny, tmp_path / "out.gguf", "Q8_0", 1)


def test_a_shifted_layout_is_refused_before_anything_is_written(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module._DEFAULTS, "ftype", 2)
    with pytest.raises(EngineError, match=r"llama_model_quantize_params.*does not know"):
        module._write(quantizer(), str(tiny), str(tmp_path / "out.gguf"), "Q8_0", 1)
    assert not (tmp_path / "out.gguf").exists()


def test_the_prebuilt_engine_alone_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if name == "xllamacpp" else None)
    with pytest.raises(MissingExtra) as caught:
        quantizer()
    assert caught.value.extra == "llama"
