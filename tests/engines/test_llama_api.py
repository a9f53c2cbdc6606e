from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from sanderling.engines import llama_api, llama_cpp, sanderling_engine, xllamacpp
from sanderling.engines.llama_api import LlamaApi
from sanderling.engines.protocol import GenerateRequest, LoadSpec
from sanderling.errors import EngineError, MissingExtra
from sanderling.records import Sampling, Token

NOWHERE = LoadSpec(model_id="m", path="nowhere", n_ctx=256, n_threads=1, n_threads_prefill=1)


@pytest.mark.parametrize("module", [sanderling_engine, llama_cpp, xllamacpp])
def test_a_shifted_layout_is_refused_before_anything_runs(module, monkeypatch):
    if not module.available():
        pytest.skip(f"{module.__name__} is not installed")
    monkeypatch.setitem(llama_api._CONTEXT_DEFAULTS, "n_batch", 4096)
    with pytest.raises(EngineError, match=r"llama_context_params.*does not know"):
        module.load(NOWHERE)


def test_what_is_not_llama_cpp_is_refused(tmp_path: Path):
    with pytest.raises(EngineError, match="other 1 cannot be used"):
        LlamaApi(tmp_path / "absent.so", "other 1")


@pytest.mark.parametrize(("module", "extra"), [(llama_cpp, "llama"), (xllamacpp, "prebuilt")])
def test_an_absent_package_names_its_extra(module, extra, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtra) as caught:
        module.load(NOWHERE)
    assert caught.value.extra == extra


@pytest.mark.model
def test_greedy_tokens_are_those_of_the_packages_own_class(smollm2_path):
    """The independent check that batches, positions and logits are used as llama.cpp means them."""
    if not llama_cpp.available():
        pytest.skip("llama-cpp-python is not installed")
    engine = llama_cpp.load(LoadSpec(model_id="m", path=str(smollm2_path), n_ctx=512, n_threads=1, n_threads_prefill=1))
    ids = engine.tokenize("<|im_start|>user\nWrite three sentences about the sea.<|im_end|>\n<|im_start|>assistant\n")
    request = GenerateRequest(prompt_ids=tuple(ids), max_tokens=16, sampling=Sampling(temperature=0.0))
    ours = [item.id for item in engine.generate(request, lambda: False) if isinstance(item, Token)]
    engine.close()
    code = (
        "import itertools, sys; from llama_cpp import Llama;"
        "m = Llama(sys.argv[1], n_ctx=512, n_threads=1, n_threads_batch=1, verbose=False);"
        "ids = [int(i) for i in sys.argv[2].split()];"
        "print(*itertools.islice(m.generate(ids, temp=0.0, repeat_penalty=1.0), 16))"
    )
    arguments = [sys.executable, "-c", code, str(smollm2_path), " ".join(map(str, ids))]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert [int(token) for token in done.stdout.split()] == ours


@pytest.mark.model
@pytest.mark.parametrize("module", [sanderling_engine, llama_cpp, xllamacpp])
def test_a_cache_of_8_bits_takes_half_and_says_the_same(module, smollm2_path):
    if not module.available():
        pytest.skip(f"{module.__name__} is not installed")
    code = (
        "import sys; from sanderling.engines.choose import load_engine; from sanderling.engines.protocol import *;"
        "from sanderling.records import Sampling;"
        "spec = LoadSpec(model_id='m', path=sys.argv[1], n_ctx=8192, n_threads=1, n_threads_prefill=1,"
        " kv_type=sys.argv[3]);"
        "engine = load_engine(sys.argv[2], spec); ids = engine.tokenize('The capital of France is');"
        "request = GenerateRequest(prompt_ids=tuple(ids), max_tokens=4, sampling=Sampling(temperature=0.0));"
        "*tokens, end = engine.generate(request, lambda: False);"
        "print(end.peak_rss_bytes, *[token.id for token in tokens])"
    )
    peak, tokens = {}, {}
    for kv_type in ("f16", "q8_0"):
        arguments = [sys.executable, "-c", code, str(smollm2_path), module.__name__.rsplit(".", 1)[-1], kv_type]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        peak[kv_type], *tokens[kv_type] = map(int, done.stdout.split())
    # 30 layers of 3 heads of 64, keys and values, 8,192 tokens: 16 bits less 8.5 an element are 84 MiB; what else the
    # two processes hold differs by less than a quarter of that.
    assert peak["f16"] - peak["q8_0"] == pytest.approx(30 * 3 * 64 * 2 * 8192 * 7.5 / 8, rel=0.25)
    assert tokens["f16"] == tokens["q8_0"]
