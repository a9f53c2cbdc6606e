"""Prefix reuse on the hybrid architecture, whose state can only be extended: real engine, random weights."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from tiny_lfm2 import write_tiny_lfm2

from sanderling.engines import Worker, generate_all
from sanderling.engines.chat_format import encode
from sanderling.engines.protocol import GenerateRequest, LoadSpec
from sanderling.records import Generation, Message, Sampling


@pytest.fixture(scope="module")
def tiny_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("gguf", reason="the gguf package writes the test model")
    path = tmp_path_factory.mktemp("lfm2") / "tiny.gguf"
    write_tiny_lfm2(path, seed=7)
    return path


@pytest.fixture(scope="module", params=["sanderling_engine", "llama_cpp", "xllamacpp"])
def worker(request, tiny_path):
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    with Worker(request.param) as worker:
        # A batch of 16 makes prompts of several batches, which is where a wrong state would show.
        worker.load(
            LoadSpec(model_id="tiny", path=str(tiny_path), n_ctx=512, n_threads=1, n_threads_prefill=1, n_batch=16)
        )
        yield worker


def run(worker: Worker, ids: list[int], max_tokens: int = 24) -> Generation:
    sampling = Sampling(temperature=0.0)
    return generate_all(worker, GenerateRequest(prompt_ids=tuple(ids), max_tokens=max_tokens, sampling=sampling))


def cold(worker: Worker, ids: list[int]) -> Generation:
    run(worker, worker.tokenize("nothing in common"), max_tokens=1)
    result = run(worker, ids)
    assert result.cached_tokens == 0
    return result


def ids_of(generation: Generation) -> list[int]:
    return [token.id for token in generation.tokens]


def test_the_file_is_read_as_lfm2(worker):
    assert worker.info.architecture == "lfm2"
    assert worker.tokenize("<|startoftext|>") == [1]
    assert worker.tokenize("<|im_end|>", special=False) != [7]


def test_an_extended_prompt_computes_only_its_new_part(worker):
    first = encode(worker.tokenize, "lfm2", [Message(role="user", content="A first question, of some length.")])
    answer = cold(worker, first)
    # The last drawn token was never computed, so it is not part of what is kept.
    kept = first + ids_of(answer)[:-1]
    longer = first + ids_of(answer) + worker.tokenize("<|im_end|>\n<|im_start|>user\nAnd a second one?")
    warm = run(worker, longer)
    assert warm.cached_tokens == len(kept)
    assert ids_of(warm) == ids_of(cold(worker, longer))


@pytest.mark.parametrize("cut", [0, 1, 20])
def test_a_prompt_that_is_not_an_extension_goes_back_to_the_end_of_a_batch(worker, cut):
    prompt = worker.tokenize("The same beginning, and then it goes on in one way.")
    other = prompt[: len(prompt) - cut]
    expected = cold(worker, other)
    cold(worker, prompt)
    result = run(worker, other)
    assert result.cached_tokens == ((len(other) - 1) // 16 * 16 if cut else len(other))
    assert ids_of(result) == ids_of(expected)


def test_the_answer_depends_on_the_early_context(worker):
    """Otherwise the tests above would pass with a state that forgot it."""
    tail = " and this is the same long ending of both."
    assert ids_of(cold(worker, worker.tokenize("abc" + tail))) != ids_of(cold(worker, worker.tokenize("xyz" + tail)))
