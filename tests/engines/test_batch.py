"""Which logits a batch computes, on a small LFM2 in every installed engine."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pytest
from tiny_lfm2 import write_tiny_lfm2

from sanderling.engines import batch
from sanderling.engines.choose import available, load_engine
from sanderling.engines.llama_engine import LlamaEngine
from sanderling.engines.protocol import GenerateRequest, LoadSpec
from sanderling.errors import EngineError
from sanderling.records import Sampling

IDS = tuple(range(3, 43))


@pytest.fixture(scope="module", params=available())
def engine(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[LlamaEngine]:
    pytest.importorskip("gguf", reason="the gguf package writes the test model")
    path = tmp_path_factory.mktemp("lfm2") / "tiny.gguf"
    write_tiny_lfm2(path, seed=7)
    spec = LoadSpec(model_id="tiny", path=str(path), n_ctx=256, n_threads=1, n_threads_prefill=1, n_batch=20)
    loaded = load_engine(request.param, spec)
    assert isinstance(loaded, LlamaEngine)
    yield loaded
    loaded.close()


def states(engine: LlamaEngine, first: batch.Wanted) -> tuple[bytes, bytes]:
    """The state and the logits after two batches, of which the first computes the logits that are wanted."""
    engine._sequence.forget()
    assert batch.decode(engine._api, engine._context, IDS[:20], first) == 0
    assert batch.decode(engine._api, engine._context, IDS[20:], "last") == 0
    return engine._sequence._copy(0), engine._logits().tobytes()


def test_a_batch_without_logits_leaves_the_same_bits(engine: LlamaEngine) -> None:
    assert states(engine, "none") == states(engine, "last")


def test_only_the_last_batch_of_a_prompt_computes_logits(engine: LlamaEngine, monkeypatch) -> None:
    computed: list[tuple[int, bool]] = []

    def noted(api, context, ids, wanted):
        status = batch.decode(api, context, ids, wanted)
        computed.append((len(ids), bool(api.llama_get_logits_ith(context, -1))))
        return status

    monkeypatch.setattr("sanderling.engines.llama_engine.decode", noted)
    engine._sequence.forget()
    greedy = Sampling(temperature=0.0)
    request = GenerateRequest(prompt_ids=IDS, max_tokens=2, sampling=greedy, shared_tokens=8, checkpoints=(14,))
    list(engine.generate(request, lambda: False))
    assert computed == [(8, False), (6, False), (20, False), (6, True), (1, True)]


def test_an_unknown_layout_is_refused_only_where_it_matters(engine: LlamaEngine, monkeypatch) -> None:
    made = engine._api.llama_batch_get_one

    def other(array, length):
        found = made(array, length)
        found.content[31] = ctypes.addressof(array)
        return found

    monkeypatch.setattr(engine._api, "llama_batch_get_one", other)
    monkeypatch.setattr(batch, "_LOGITS", 31)
    engine._sequence.forget()
    assert batch.decode(engine._api, engine._context, IDS[:20], "none") == 0
    assert engine._api.llama_get_logits_ith(engine._context, -1)
    with pytest.raises(EngineError, match="lays out llama_batch"):
        batch.decode(engine._api, engine._context, IDS[20:], "all")
