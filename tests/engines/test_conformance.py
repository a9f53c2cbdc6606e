"""The contract of engines/protocol.py, held to by every engine through a worker, as callers meet it."""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import msgspec
import numpy as np
import psutil
import pytest

from sanderling.engines import Worker, generate_all
from sanderling.engines.chat_format import encode
from sanderling.engines.choose import load_engine
from sanderling.engines.json_schema import checked
from sanderling.engines.probe import probe
from sanderling.engines.protocol import Finish, GenerateRequest, LoadSpec, ScoreRequest
from sanderling.engines.scripted import Rule, Script
from sanderling.errors import ContextOverflow, EngineError, ModelUnavailable, WorkerDied
from sanderling.records import Generation, Message, Sampling, Token

REAL = ["sanderling_engine", "llama_cpp", "xllamacpp"]
N_CTX = 512
GREEDY = Sampling(temperature=0.0)
QUESTION = "Write three sentences about the sea."
ANSWER = "The sea is wide. The sea is deep. The sea is blue. "
BIRDS = "🦜🐦🦉"


@pytest.fixture(scope="module", params=["scripted", *(pytest.param(name, marks=pytest.mark.model) for name in REAL)])
def engine(request: pytest.FixtureRequest) -> str:
    if request.param in REAL and importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture(scope="module")
def spec(engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadSpec:
    if engine == "scripted":
        path = tmp_path_factory.mktemp("script") / "script.json"
        unfinished = Rule(when="storms", say=ANSWER, then="hang")
        rules = (unfinished, Rule(when="birds", say=BIRDS), Rule(when="sea", say=ANSWER), Rule(say="yes"))
        path.write_bytes(msgspec.json.encode(Script(rules=rules)))
    else:
        path = request.getfixturevalue("smollm2_path")
    return LoadSpec(model_id="model", path=str(path), n_ctx=N_CTX, n_threads=1, n_threads_prefill=1)


@pytest.fixture(scope="module")
def worker(engine: str, spec: LoadSpec) -> Iterator[Worker]:
    with Worker(engine) as worker:
        worker.load(spec)
        yield worker


def prompt(worker: Worker, *contents: str) -> tuple[int, ...]:
    roles = ("system", "user", "assistant", "user")
    said = [Message(role=role, content=text) for role, text in zip(roles, contents, strict=False)]
    return tuple(encode(worker.tokenize, "chatml", said))


def run(worker: Worker, ids: tuple[int, ...], max_tokens: int = 24, **settings) -> Generation:
    request = {"sampling": GREEDY, **settings}
    return generate_all(worker, GenerateRequest(prompt_ids=ids, max_tokens=max_tokens, **request))


def make_cold(worker: Worker) -> None:
    run(worker, tuple(worker.tokenize("nothing in common")), max_tokens=1)


def test_load_says_what_was_loaded(worker, engine):
    assert worker.info.engine.split()[0] == engine
    assert worker.info.n_ctx == N_CTX
    assert worker.info.eos_ids
    assert all(0 <= token < worker.info.n_vocab for token in worker.info.eos_ids)
    assert worker.info.architecture


def test_control_tokens_count_as_such_only_when_asked(worker):
    assert len(worker.tokenize("<|im_end|>")) == 1
    plain = worker.tokenize("<|im_end|>", special=False)
    assert len(plain) > 1
    assert not set(plain) & set(worker.info.eos_ids)


@pytest.mark.parametrize("text", ["", "a", " leading", "naïve — 日本語 🦜", "line\nline", "\x00"])
def test_tokenize_gives_ids_of_the_vocabulary_and_is_stable(worker, text):
    ids = worker.tokenize(text, special=False)
    assert bool(ids) == bool(text)
    assert all(0 <= token < worker.info.n_vocab for token in ids)
    assert worker.tokenize(text, special=False) == ids


@pytest.mark.parametrize("text", ["a", " leading", "naïve — 日本語 🦜", "line\nline"])
def test_pieces_spell_the_text(worker, text):
    ids = worker.tokenize(text, special=False)
    assert b"".join(worker.pieces(ids)).decode().strip() == text.strip()
    (end,) = worker.tokenize("<|im_end|>")
    assert worker.pieces([end, end]) == [b"<|im_end|>"] * 2
    with pytest.raises(ValueError, match="vocabulary"):
        worker.pieces([worker.info.n_vocab])


def test_the_tokenizer_is_described(worker):
    about = worker.describe()
    assert about.n_vocab == worker.info.n_vocab
    assert about.eos in worker.info.eos_ids
    assert about.special[about.eos] == worker.pieces([about.eos])[0].decode()


def test_a_schema_is_followed_token_by_token(worker):
    schema = {
        "type": "object",
        "properties": {"sea": {"enum": ["wide", "deep"]}, "isles": {"type": "integer", "minimum": 1, "maximum": 9}},
        "required": ["sea", "isles"],
        "additionalProperties": False,
    }
    for temperature in (0.0, 1.5):
        sampling = Sampling(temperature=temperature, seed=3)
        result = run(
            worker,
            prompt(worker, "Be brief.", QUESTION),
            64,
            sampling=sampling,
            json_schema=checked(schema),
            top_logprobs=2,
        )
        assert result.finish_reason == "stop"
        jsonschema.validate(json.loads(result.text), schema)
        assert all(token.logprob <= 0.0 and token.top for token in result.tokens)
    cut = run(worker, prompt(worker, "Be brief.", QUESTION), 3, json_schema=checked(schema))
    assert (cut.finish_reason, len(cut.tokens)) == ("length", 3)


def test_after_a_schema_texts_are_as_before(worker):
    ids = prompt(worker, "Be brief.", QUESTION)
    before = run(worker, ids)
    run(worker, ids, 64, json_schema=checked({"type": "object"}))
    assert run(worker, ids).text == before.text


def test_a_prompt_is_read(worker):
    ids = prompt(worker, "Be brief.", QUESTION)
    *_, finish = worker.generate(
        GenerateRequest(prompt_ids=ids, max_tokens=1, sampling=GREEDY, echo=True, top_logprobs=2)
    )
    assert len(finish.echo.answer_logprobs) == len(finish.echo.ids) == len(ids) - 1
    assert all(len(row) == 2 for row in finish.echo.logprobs)
    for given, token, top, logprobs in zip(
        finish.echo.answer_logprobs, ids[1:], finish.echo.ids, finish.echo.logprobs, strict=True
    ):
        assert (token in top) <= (given in logprobs)


def test_the_encoding_is_append_only(worker):
    parts = ("Be brief <|im_end|>.", "Hi\n", " there ", "Bye")
    whole = prompt(worker, *parts)
    for n in range(len(parts)):
        part = prompt(worker, *parts[:n])
        assert whole[: len(part)] == part


def test_a_stream_is_tokens_and_then_one_finish(worker):
    ids = prompt(worker, "Be brief.", QUESTION)
    *tokens, finish = worker.generate(GenerateRequest(prompt_ids=ids, max_tokens=24, sampling=GREEDY))
    assert isinstance(finish, Finish)
    assert not any(isinstance(token, Finish) for token in tokens)
    whole = run(worker, ids)
    assert whole.text == "".join(token.text for token in tokens)
    assert [token.id for token in whole.tokens] == [token.id for token in tokens]
    assert finish.prompt_tokens == len(ids)
    assert 0.0 <= finish.prefill_ms <= finish.ttft_ms


def test_logprobs_are_logs_of_probabilities(worker):
    for temperature in (0.0, 1.5):
        sampling = Sampling(temperature=temperature, seed=3)
        result = run(worker, prompt(worker, "Be brief.", QUESTION), sampling=sampling)
        assert result.tokens
        assert all(math.isfinite(token.logprob) and token.logprob <= 0.0 for token in result.tokens)


def test_a_seed_decides(worker):
    ids = prompt(worker, "Be brief.", QUESTION)
    hot = Sampling(temperature=1.5, top_k=50, top_p=0.95, min_p=0.01, repeat_penalty=1.1, seed=11)
    run(worker, ids, sampling=hot)  # afterwards both runs start from the same warm state
    assert run(worker, ids, sampling=hot).text == run(worker, ids, sampling=hot).text


def test_max_tokens_is_a_bound_and_says_so(worker):
    result = run(worker, prompt(worker, "Be brief.", QUESTION), max_tokens=5)
    assert result.finish_reason == "length"
    assert len(result.tokens) == 5


def test_a_stop_text_ends_the_answer_and_is_not_part_of_it(worker):
    ids = prompt(worker, "Be brief.", QUESTION)
    free = run(worker, ids).text
    stop = free[7:10]
    assert len(stop) == 3
    result = run(worker, ids, stop=("never in there", stop))
    assert result.finish_reason == "stop"
    assert result.text == free[: free.index(stop)]


def test_cancel_takes_effect_within_one_token(engine, spec):
    """In this process, where the moment of cancelling is exact; test_worker.py has it travel through the pipe."""
    model = load_engine(engine, spec)
    said = [Message(role="system", content="Be brief."), Message(role="user", content=QUESTION)]
    ids = tuple(encode(model.tokenize, "chatml", said))
    request = GenerateRequest(prompt_ids=ids, max_tokens=500, sampling=GREEDY)
    for wanted in (3, 0):
        items: list[Token | Finish] = []
        for item in model.generate(request, lambda wanted=wanted, items=items: len(items) >= wanted):
            items.append(item)
        assert len(items) == wanted + 1
        assert items[-1].reason == "cancelled"
    model.close()


def test_a_warm_prefix_is_reused_and_changes_nothing(worker):
    first = prompt(worker, "Be brief.", QUESTION)
    second = prompt(worker, "Be brief.", QUESTION, "The sea is wide.", "Go on about the sea.")
    make_cold(worker)
    cold_result = run(worker, second)
    make_cold(worker)
    run(worker, first, max_tokens=1)
    warm_result = run(worker, second)
    assert warm_result.cached_tokens >= len(first)
    assert cold_result.cached_tokens < len(first)
    assert warm_result.text == cold_result.text


def test_the_same_prompt_again_computes_nothing(worker):
    ids = prompt(worker, "Be brief.", QUESTION)
    first = run(worker, ids)
    again = run(worker, ids)
    assert again.cached_tokens == len(ids)
    assert again.tokens == first.tokens


def test_an_edited_question_goes_back_to_what_is_shared(worker):
    system = prompt(worker, "Be brief.")
    first = prompt(worker, "Be brief.", QUESTION)
    edited = prompt(worker, "Be brief.", "And now for the sea on a winter night.")
    make_cold(worker)
    expected = run(worker, edited, max_tokens=8, shared_tokens=len(system))
    make_cold(worker)
    assert run(worker, first, max_tokens=8, shared_tokens=len(system)).cached_tokens == 0
    result = run(worker, edited, max_tokens=8, shared_tokens=len(system))
    assert result.cached_tokens >= len(system)
    assert result.tokens == expected.tokens


def test_positions_outside_the_prompt_are_refused(worker):
    ids = prompt(worker, "Be brief.", QUESTION)
    for wrong in ({"shared_tokens": len(ids) + 1}, {"checkpoints": (3, len(ids) + 1)}, {"shared_tokens": -1}):
        with pytest.raises(ValueError, match=f"within the prompt's {len(ids)} tokens"):
            run(worker, ids, **wrong)


def test_resident_memory_now_and_at_its_most(worker):
    result = run(worker, prompt(worker, "Be brief.", QUESTION), max_tokens=2)
    assert 0 < result.rss_bytes <= result.peak_rss_bytes
    # Both are read one after the other, and a page may come in between.
    assert result.rss_bytes == pytest.approx(psutil.Process(worker.pid).memory_info().rss, rel=0.05)


def test_a_prompt_longer_than_the_context_is_refused_with_numbers(worker):
    token = worker.tokenize("a")[0]
    with pytest.raises(ContextOverflow, match=rf"{N_CTX} tokens.*{N_CTX}"):
        run(worker, (token,) * N_CTX)
    assert run(worker, prompt(worker, "Be brief.", QUESTION)).text


def test_the_end_of_the_context_ends_the_answer(worker):
    ids = prompt(worker, "Be brief.", QUESTION)
    padded = (worker.tokenize("a")[0],) * (N_CTX - 3 - len(ids)) + ids
    result = run(worker, padded, max_tokens=100)
    assert result.finish_reason == "length"
    # Three more fit, and one can still be drawn from the last of them (a script draws none it could not keep).
    assert len(result.tokens) in (3, 4)


def test_characters_made_of_several_tokens_arrive_whole(worker, engine):
    question = f"Repeat after me the birds {BIRDS}"
    result = run(worker, prompt(worker, "Repeat what you are told.", question), max_tokens=40)
    # Only the very end may be cut, by max_tokens.
    assert "\N{REPLACEMENT CHARACTER}" not in result.text.rstrip("\N{REPLACEMENT CHARACTER}")
    if engine == "scripted":
        assert result.text == BIRDS
        assert [token.text for token in result.tokens[:4]] == ["", "", "", "🦜"]


def test_a_model_embeds_or_generates_as_it_was_loaded(worker, engine, spec):
    if engine == "scripted":
        pytest.skip("the scripted engine does both at once")
    with pytest.raises(EngineError, match="loaded to generate"):
        worker.embed(["something"])
    with Worker(engine) as embedding:
        embedding.load(msgspec.structs.replace(spec, pooling="mean"))
        texts = ["a cat sat on a mat", "a cat sat on a mat", "interest rates rose again"]
        embedded = embedding.embed(texts)
        rows = np.frombuffer(embedded.vectors, "<f4").reshape(3, -1)
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        assert rows[0] @ rows[1] > rows[0] @ rows[2]
        assert embedded.tokens == tuple(embedding.count(texts))
        with pytest.raises(EngineError, match="loaded to embed"):
            list(embedding.generate(GenerateRequest(prompt_ids=(1, 2), max_tokens=1, sampling=GREEDY)))


def test_no_socket_is_opened(worker):
    run(worker, prompt(worker, "Be brief.", QUESTION))
    assert psutil.Process(worker.pid).net_connections(kind="all") == []


@pytest.mark.parametrize("damage", ["truncated", "foreign", "absent", "empty"])
def test_a_file_that_is_not_whole_is_named(engine, spec, tmp_path: Path, damage):
    whole = Path(spec.path).read_bytes()
    path = tmp_path / "damaged"
    content = {"truncated": whole[: len(whole) // 2], "foreign": b"\x89PNG" + bytes(4096), "empty": b""}
    if damage in content:
        path.write_bytes(content[damage])
    with Worker(engine) as worker, pytest.raises(ModelUnavailable, match="damaged"):
        worker.load(msgspec.structs.replace(spec, path=str(path)))


def test_a_kill_costs_one_request(engine, spec):
    with Worker(engine) as worker:
        worker.load(spec)
        ids = prompt(worker, "Write a long story.", "Tell me everything about storms.")
        stream = worker.generate(GenerateRequest(prompt_ids=ids, max_tokens=400, sampling=GREEDY))
        next(stream)
        psutil.Process(worker.pid).kill()
        with pytest.raises(WorkerDied, match="SIGKILL"):
            list(stream)
        assert run(worker, prompt(worker, "Be brief.", QUESTION)).text


def test_probe_runs_a_short_prompt(engine, spec):
    result = probe(spec, engine)
    assert result.ok
    assert "32 tokens" in result.message


def test_probe_reports_what_went_wrong(engine, spec):
    result = probe(msgspec.structs.replace(spec, path="nowhere"), engine)
    assert not result.ok
    assert "nowhere" in result.message


@pytest.mark.model
def test_all_builds_of_llama_cpp_say_the_same(smollm2_path):
    texts = []
    installed = [name for name in REAL if importlib.util.find_spec(name) is not None]
    if len(installed) < 2:
        pytest.skip(f"one build is needed beside {installed or 'none'}")
    for name in installed:
        with Worker(name) as worker:
            worker.load(LoadSpec(model_id="m", path=str(smollm2_path), n_ctx=512, n_threads=1, n_threads_prefill=1))
            # A short answer the model is sure of: their kernels round differently, and ties would go either way.
            ids = prompt(worker, "You are helpful.", "Name the capital of France.")
            texts.append(run(worker, ids, max_tokens=12).text)
    assert len(set(texts)) == 1
    assert "Paris" in texts[0]


def test_scores_are_the_probabilities_that_generation_draws_from(worker, engine) -> None:
    ids = prompt(worker, "Answer.", QUESTION)
    request = GenerateRequest(prompt_ids=ids, max_tokens=4, sampling=GREEDY)
    drawn = generate_all(worker, request).tokens
    answer = tuple(token.id for token in drawn)
    found = worker.score(ScoreRequest(prompt=request, answer_ids=answer))
    assert found.likeliest == answer
    assert [row[0] for row in found.ids] == list(answer)
    assert found.answer_logprobs == tuple(row[0] for row in found.logprobs)
    if engine != "scripted":  # which draws without probabilities
        # The same logits: float32 in the sampler, float64 here.
        assert found.answer_logprobs == pytest.approx([token.logprob for token in drawn], abs=1e-4)
        assert all(sum(math.exp(each) for each in row) <= 1 + 1e-9 for row in found.logprobs)
    again = worker.score(ScoreRequest(prompt=request, answer_ids=answer, among=found.ids))
    assert again.ids == found.ids
    assert again.logprobs == found.logprobs
    assert generate_all(worker, request).text == "".join(token.text for token in drawn).strip()


def test_a_score_without_an_answer_or_beyond_the_context_is_refused(worker, engine) -> None:
    if engine == "scripted":
        pytest.skip("it has no context to overflow")
    request = GenerateRequest(prompt_ids=prompt(worker, "Answer.", QUESTION), max_tokens=1, sampling=GREEDY)
    with pytest.raises(ValueError, match="at least one id"):
        worker.score(ScoreRequest(prompt=request, answer_ids=()))
    with pytest.raises(ContextOverflow, match="do not fit"):
        worker.score(ScoreRequest(prompt=request, answer_ids=(5,) * N_CTX))
    assert worker.score(ScoreRequest(prompt=request, answer_ids=(5,))).likeliest
