from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from sanderling.engines import llama_api, llama_cpp, xllamacpp
from sanderling.engines.llama_api import LlamaApi
from sanderling.engines.protocol import GenerateRequest, LoadSpec
from sanderling.errors import EngineError, MissingExtra
from sanderling.records import Sampling, Token

NOWHERE = LoadSpec(model_id="m", path="nowhere", n_ctx=256, n_threads=1, n_threads_prefill=1)


@pytest.mark.parametrize("module", [llama_cpp, xllamacpp])
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
