"""Plain completions and tokenizer routes, as openai-python and lm-eval call them."""

from __future__ import annotations

import json

import httpx2
import openai
import pytest


def test_openai_reads_completions_and_streams(client: openai.OpenAI) -> None:
    said = client.completions.create(model="small", prompt="The pump is repaired by", max_tokens=40)
    assert (said.choices[0].text, said.choices[0].finish_reason) == ("Ada Lind", "stop")
    assert said.usage.completion_tokens == len("Ada Lind")
    many = client.completions.create(model="small", prompt=["one", "two"], max_tokens=3)
    assert [(choice.index, choice.text) for choice in many.choices] == [(0, "Ada"), (1, "Ada")]
    assert many.usage.completion_tokens == 6
    chunks = list(client.completions.create(model="small", prompt="x", stream=True, max_tokens=40))
    assert "".join(chunk.choices[0].text for chunk in chunks) == "Ada Lind"


def test_the_requests_of_lm_eval_are_answered_in_its_shape(http: httpx2.Client) -> None:
    about = http.get("/tokenizer_info", params={"model": "small"}).json()
    assert {"eos_token", "bos_token", "pad_token", "chat_template"} <= set(about)
    ids = http.post("/tokenize", json={"prompt": "Ada Lind", "add_special_tokens": False, "model": "small"}).json()
    assert ids["tokens"] == list(b"Ada Lind")
    text = http.post("/detokenize", json={"tokens": ids["tokens"], "model": "small"}).json()
    assert text["prompt"] == "Ada Lind"
    body = {"model": "small", "prompt": [ids["tokens"]], "echo": True, "logprobs": 1, "max_tokens": 1}
    (choice,) = http.post("/v1/completions", json={**body, "temperature": 0, "seed": 1234}).json()["choices"]
    found = choice["logprobs"]
    assert len(found["token_logprobs"]) == len(found["top_logprobs"]) == len(found["tokens"]) == len(ids["tokens"]) + 1
    assert (found["token_logprobs"][0], found["top_logprobs"][0]) == (None, None)
    assert all(value <= 0 for value in found["token_logprobs"][1:])
    assert choice["text"] == "Ada LindA"
    assert found["text_offset"] == list(range(9))


def test_a_completion_has_one_id(http: httpx2.Client) -> None:
    body = {"model": "small", "prompt": "Ada", "max_tokens": 2}
    reply = http.post("/v1/completions", json=body)
    id = reply.headers["x-request-id"]
    assert (reply.json()["id"], reply.json()["sanderling"]["request_id"]) == (f"cmpl-{id}", id)
    lines = http.post("/v1/completions", json={**body, "stream": True}).text.split("\n\n")
    last = json.loads(lines[-3].removeprefix("data: "))
    assert last["id"] == f"cmpl-{last['sanderling']['request_id']}"


def test_a_prompt_may_be_read_without_an_answer(http: httpx2.Client) -> None:
    none = http.post("/v1/completions", json={"model": "small", "prompt": "Ada", "max_tokens": 0})
    assert (none.status_code, none.json()["error"]["param"]) == (400, "max_tokens")
    body = {"model": "small", "prompt": "Ada", "echo": True, "logprobs": 0, "max_tokens": 0}
    (choice,) = http.post("/v1/completions", json=body).json()["choices"]
    assert (choice["text"], len(choice["logprobs"]["tokens"])) == ("Ada", 3)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"prompt": []}, "prompt"),
        ({"prompt": ["a", ""]}, "prompt"),
        ({"prompt": ["a", 1]}, "prompt"),
        ({"prompt": ["x"] * 300}, "prompt"),
        ({"prompt": "a", "best_of": 3}, "best_of"),
        ({"prompt": "a", "suffix": "b"}, "suffix"),
        ({"prompt": ["a", "b"], "stream": True}, "stream"),
        ({"prompt": "a", "logprobs": 99}, "logprobs"),
        ({"prompt": "a", "model": "auto"}, "model"),
        ({"prompt": "a", "model": ""}, "model"),
    ],
)
def test_what_cannot_be_completed_is_refused(http: httpx2.Client, body, param) -> None:
    response = http.post("/v1/completions", json={"model": "small", **body})
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)


def test_unknown_ids_and_too_long_prompts_are_refused(http: httpx2.Client) -> None:
    assert http.post("/detokenize", json={"tokens": [99_999], "model": "small"}).status_code == 400
    long = http.post("/v1/completions", json={"model": "small", "prompt": "x" * 50_000})
    assert (long.status_code, long.json()["error"]["code"]) == (400, "context_length_exceeded")


@pytest.mark.parametrize(
    "extra",
    [
        {"seed": 2**80},
        {"prompt": [2**80]},
        {"prompt": [1, 100_000]},
        {"prompt": [-1]},
        {"prompt": [-(2**80), 3]},
        {"best_of": 2**80},
    ],
)
def test_integers_of_any_size_are_an_answer_or_a_refusal(http: httpx2.Client, extra: dict[str, object]) -> None:
    body = {"model": "small", "prompt": "tell", "max_tokens": 2, "temperature": 0, **extra}
    response = http.post("/v1/completions", json=body)
    assert response.status_code == (200 if "seed" in extra else 400), response.text


@pytest.mark.parametrize("model", ["small", "sanderling:small"])
def test_a_schema_may_hold_integers_of_any_size(http: httpx2.Client, model: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 2**80}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    body = {"model": model, "messages": [{"role": "user", "content": "Who?"}], "response_format": wanted, "seed": 1}
    response = http.post("/v1/chat/completions", json=body)
    assert response.json().get("error", {}).get("code") != "internal_error", response.text
