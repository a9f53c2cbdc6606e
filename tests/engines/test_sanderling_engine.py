from __future__ import annotations

import importlib.util

import pytest

from sanderling.engines import Worker, generate_all, sanderling_engine
from sanderling.engines.cpu_variant import PLAINER, VARIABLE
from sanderling.engines.protocol import GenerateRequest, LoadSpec
from sanderling.errors import EngineError
from sanderling.records import Sampling


@pytest.fixture
def spec(smollm2_path) -> LoadSpec:
    if not sanderling_engine.available():
        pytest.skip("sanderling_engine is not installed")
    return LoadSpec(model_id="m", path=str(smollm2_path), n_ctx=256, n_threads=1, n_threads_prefill=1)


def test_an_absent_wheel_names_its_command(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    nowhere = LoadSpec(model_id="m", path="nowhere", n_ctx=256, n_threads=1, n_threads_prefill=1)
    with pytest.raises(EngineError, match="make engine"):
        sanderling_engine.load(nowhere)


@pytest.mark.model
def test_the_name_holds_the_kernels(spec):
    with Worker("sanderling_engine") as worker:
        info = worker.load(spec)
    name, version = info.engine.split()
    assert (name, version.count("+")) == ("sanderling_engine", 1)
    assert "REPACK = 1" in info.system_info
    assert "AMX" not in info.system_info


@pytest.mark.model
def test_kernels_can_be_chosen_by_the_environment(spec, monkeypatch):
    for variant in PLAINER:
        monkeypatch.setenv(VARIABLE, variant)
        with Worker("sanderling_engine") as worker:
            try:
                info = worker.load(spec)
            except EngineError as error:  # of the other architecture
                assert "there are no kernels" in str(error)
                continue
            assert info.engine.endswith(f"+{variant}")
            ids = tuple(worker.tokenize("The capital of France is"))
            said = generate_all(
                worker, GenerateRequest(prompt_ids=ids, max_tokens=1, sampling=Sampling(temperature=0.0))
            )
            assert said.text.strip() == "Paris"
