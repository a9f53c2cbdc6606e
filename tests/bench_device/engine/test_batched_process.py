"""Sequences of one batch say what each says alone, and those of a dense model are told from recurrent ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_lfm2 import write_tiny_lfm2

from sanderling.bench_device.engine.batched_process import BatchedWork, generate_batched
from sanderling.engines import Worker
from sanderling.engines.choose import available
from sanderling.engines.protocol import GenerateRequest, LoadSpec
from sanderling.errors import EngineError
from sanderling.records import Sampling, Token

pytestmark = pytest.mark.model


def spec(path: Path) -> LoadSpec:
    return LoadSpec(model_id="m", path=str(path), n_ctx=256, n_threads=1, n_threads_prefill=1, n_batch=8)


def test_batched_and_single_sequences_begin_alike(smollm2_path: Path) -> None:
    (engine, *_) = available()
    with Worker(engine) as worker:
        worker.load(spec(smollm2_path))
        texts = ("The capital of France is", "Once upon a time there was a", "Water boils at")
        prompts = tuple(tuple(worker.tokenize(text)) for text in texts)
        alone = [
            tuple(
                item.id
                for item in worker.generate(
                    GenerateRequest(prompt_ids=ids, max_tokens=4, sampling=Sampling(temperature=0.0), ignore_end=True)
                )
                if isinstance(item, Token)
            )
            for ids in prompts
        ]
    for at_once in (1, 2):
        done = generate_batched(engine, spec(smollm2_path), BatchedWork(prompts=prompts, tokens=4, at_once=at_once))
        assert list(done.ids) == alone
        assert not done.recurrent


def test_a_recurrent_model_is_told(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    write_tiny_lfm2(path, 1)
    (engine, *_) = available()
    done = generate_batched(engine, spec(path), BatchedWork(prompts=((70, 71),), tokens=2, at_once=1))
    assert done.recurrent
    with pytest.raises(EngineError, match="ended"):
        generate_batched(engine, spec(tmp_path / "none.gguf"), BatchedWork(prompts=((70,),), tokens=2, at_once=1))
