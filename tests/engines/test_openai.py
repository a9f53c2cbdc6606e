from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator

import pytest
from scripted_server import DONE, STREAM, ScriptedServer, event, piece, scripted_server

from sanderling.egress import Permit
from sanderling.engines.openai import NO_ID, ChatRequest, OpenAIEngine, _entropy, body_of
from sanderling.engines.protocol import Finish
from sanderling.errors import TierFailed
from sanderling.records import Message, Sampling, Token
from sanderling.remote.http import Server
from sanderling.request.handle import Handle

VLLM = {
    *("messages", "model", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs", "max_tokens"),
    *("max_completion_tokens", "n", "presence_penalty", "response_format", "seed", "stop", "stream", "stream_options"),
    *("temperature", "top_p", "tools", "tool_choice", "user"),
}
"""Fields of a chat completion that vLLM's OpenAI server documents, of those that OpenAI's own interface has."""
REQUEST = ChatRequest(
    model="m",
    messages=(Message(role="user", content="Who?"),),
    max_tokens=9,
    sampling=Sampling(temperature=0.3, top_p=0.9, top_k=40, min_p=0.1, repeat_penalty=1.1, seed=5),
    stop=("a", "b", "c", "d", "e!"),
)


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


def said(server: ScriptedServer, *script: bytes | float | None, handle: Handle | None = None) -> list[Token | Finish]:
    server.scripts = [(STREAM, *script)]
    return list(OpenAIEngine(Server(server.url)).generate(REQUEST, Permit.of_url(server.url), handle))


def test_every_field_is_one_that_the_servers_document() -> None:
    body = body_of(REQUEST)
    assert set(body) <= VLLM
    assert body["stream"] is True
    assert body["stop"] == ["a", "b", "c", "d"]
    assert 0 <= body["temperature"] <= 2
    assert set(body_of(ChatRequest(model="m", messages=(), max_tokens=1, sampling=Sampling(), logprobs=False))) <= VLLM
    assert "top_p" not in body_of(ChatRequest(model="m", messages=(), max_tokens=1, sampling=Sampling(top_p=1.0)))


def test_tokens_and_their_probabilities_arrive(scripted) -> None:
    *tokens, finish = said(
        scripted,
        piece("Ada "),
        piece("Lind", "stop"),
        event(
            choices=[],
            usage={"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}},
        ),
        DONE,
    )
    assert isinstance(finish, Finish)
    assert (finish.reason, finish.prompt_tokens, finish.cached_tokens) == ("stop", 7, 3)
    assert [token.text for token in tokens if isinstance(token, Token)] == ["Ada ", "Lind"]
    first = tokens[0]
    assert isinstance(first, Token)
    assert (first.id, first.logprob, first.margin) == (NO_ID, -0.1, pytest.approx(2.0))
    assert 0 < first.entropy < math.log(3)
    assert json.loads(scripted.seen[0][2])["top_logprobs"] == 5


def test_entropy_is_a_lower_bound_of_the_true_one() -> None:
    true = [0.5, 0.2, 0.1, 0.1, 0.05, 0.05]
    whole = -sum(share * math.log(share) for share in true)
    known = [_entropy([math.log(share) for share in true[:count]]) for count in range(1, 7)]
    assert all(later >= earlier - 1e-12 for earlier, later in itertools.pairwise(known))
    assert known[-1] == pytest.approx(whole)
    assert _entropy([]) == 0.0


@pytest.mark.parametrize(
    "logprobs",
    [None, {}, {"content": None}, {"content": "x"}, {"content": [1]}, {"content": [{"token": "Ada", "logprob": None}]}],
)
def test_odd_probabilities_cost_no_text(scripted, logprobs) -> None:
    choice = {"delta": {"content": "Ada"}, "logprobs": logprobs, "finish_reason": "stop"}
    token, finish = said(scripted, event(choices=[choice]), DONE)
    assert isinstance(token, Token)
    assert (token.text, token.logprob) == ("Ada", -math.inf)
    assert isinstance(finish, Finish)


def test_pieces_that_do_not_spell_their_tokens_count_as_one(scripted) -> None:
    entries = [{"token": "\ufffd", "logprob": -1.0}, {"token": "\ufffd", "logprob": -3.0}]
    choice = {"delta": {"content": "é"}, "logprobs": {"content": entries}, "finish_reason": "stop"}
    token, _ = said(scripted, event(choices=[choice]), DONE)
    assert isinstance(token, Token)
    assert (token.text, token.logprob) == ("é", -2.0)


@pytest.mark.parametrize(
    "script",
    [
        (piece("Ada"), DONE),
        (piece("Ada"), event(error={"message": "died"}), DONE),
        (piece("Ada"), event(error="died"), DONE),
        (piece("Ada", "abort"), DONE),
        (b"data: []\n\n",),
        (b"data: null\n\n",),
    ],
)
def test_half_an_answer_is_a_failure(scripted, script) -> None:
    with pytest.raises(TierFailed):
        said(scripted, *script)


def test_further_stop_texts_are_heeded_here(scripted) -> None:
    *tokens, finish = said(scripted, piece("well"), piece("e!"), piece("more"), piece(None, "stop"), DONE)
    assert len(tokens) == 2
    assert isinstance(finish, Finish)
    assert finish.reason == "stop"
