"""Chat completions, by raw HTTP and by openai-python over a real socket."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import openai
import pytest

from sanderling.errors import OutOfMemory

ASK = {"role": "user", "content": "Who repairs the feed pump?"}
URL = "/v1/chat/completions"


def events(text: str) -> list[Any]:
    """The values of a stream, which ends with [DONE]."""
    lines = [line for line in text.split("\n\n") if line.startswith("data: ")]
    assert lines.pop() == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_an_answer_has_citations_usage_timings_and_route(http: httpx2.Client) -> None:
    response = http.post(URL, json={"messages": [ASK]})
    said = response.json()
    assert response.status_code == 200
    (choice,) = said["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("Narvik", "stop")
    ours = said["sanderling"]
    assert ours["route"]["model"] == response.headers["x-sanderling-model"] == "big"
    assert response.headers["x-request-id"] == ours["request_id"]
    assert (ours["left_device"], response.headers["x-sanderling-left-device"]) == (False, "false")
    assert response.headers["x-sanderling-schema"] == "1"
    assert {"Pump"} <= {source["title"] for source in ours["sources"]}
    # "Narvik" stands in another note than the one that names the pump.
    assert ours["verdict"]["label"] in ("borne_out", "not_sure")
    assert 0.0 < ours["verdict"]["confidence"] < 1.0
    assert ours["verdict"]["said"].startswith(("borne out by [", "not sure: "))
    usage = said["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == said["timings"]["cache_n"]
    assert said["timings"]["predicted_n"] == usage["completion_tokens"] == len("Narvik")
    for each in choice["message"]["annotations"]:
        cited = each["url_citation"]
        assert each["type"] == "url_citation"
        assert 0 <= cited["start_index"] < cited["end_index"] <= len("Narvik")
        assert cited["url"].startswith("file:///")


def test_openai_reads_answers_streams_and_models(client: openai.OpenAI) -> None:
    plain = client.chat.completions.create(model="sanderling:small", messages=[ASK])
    assert plain.choices[0].message.content == "Ada Lind"
    cited, *_ = plain.choices[0].message.annotations
    assert cited.url_citation.url.startswith("file:///")
    assert cited.url_citation.title == "Pump"
    options = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(model="sanderling:small", messages=[ASK], stream=True, stream_options=options)
    )
    assert len({(chunk.id, chunk.model) for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Ada Lind"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == len("Ada Lind")
    assert chunks[-1].sanderling["route"]["model"] == "small"
    assert {model.id for model in client.models.list()} == {
        *("sanderling", "auto", "sanderling:small", "sanderling:big", "small", "big")
    }
    assert client.models.retrieve("sanderling:big").from_notes is True


def test_a_stream_without_usage_carries_the_cost_in_its_last_chunk(http: httpx2.Client) -> None:
    response = http.post(URL, json={"messages": [ASK], "stream": True, "model": "sanderling:small"})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-sanderling-model"] == "small"
    *_, cited, last = events(response.text)
    assert cited["choices"][0]["delta"]["annotations"][0]["url_citation"]["title"] == "Pump"
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["sanderling"]["request_id"] == response.headers["x-request-id"]
    assert "usage" not in last


def test_a_conversation_that_is_sent_again_extends_what_the_model_holds(http: httpx2.Client) -> None:
    first = http.post(URL, json={"messages": [ASK], "model": "sanderling:small"}).json()
    answered = {"role": "assistant", "content": first["choices"][0]["message"]["content"]}
    follow_up = {"role": "user", "content": "And where does she come from?"}
    talk = {"messages": [ASK, answered, follow_up], "model": "sanderling:small"}
    second = http.post(URL, json=talk).json()
    assert second["usage"]["prompt_tokens_details"]["cached_tokens"] >= first["usage"]["prompt_tokens"]
    unknown = [ASK, {"role": "assistant", "content": "Ole"}, follow_up]
    third = http.post(URL, json={**talk, "messages": unknown}).json()
    assert third["choices"][0]["message"]["content"] == "Ada Lind"
    assert third["usage"]["prompt_tokens"] < second["usage"]["prompt_tokens"]  # the words of the turns, not their notes


def test_system_messages_are_heeded_and_parts_are_joined(http: httpx2.Client) -> None:
    content = [{"type": "text", "text": "Who repairs"}, {"type": "text", "text": "the feed pump?"}]
    plain = {"messages": [{"role": "user", "content": content}], "model": "sanderling:small"}
    without = http.post(URL, json=plain).json()
    instructed = [{"role": "developer", "content": "Answer in Norwegian."}, *plain["messages"]]
    told = http.post(URL, json={**plain, "messages": instructed}).json()
    assert told["usage"]["prompt_tokens"] == without["usage"]["prompt_tokens"] + len("\n\nAnswer in Norwegian.")


def test_bounds_and_stops_are_honoured(http: httpx2.Client) -> None:
    for body, text, reason in (
        ({"max_tokens": 3}, "Ada", "length"),
        ({"max_completion_tokens": 3, "max_tokens": 9}, "Ada", "length"),
        ({"stop": "Lind"}, "Ada", "stop"),
        ({"stop": ["d", "a"], "temperature": 0, "top_p": 1, "seed": -1}, "A", "stop"),
    ):
        said = http.post(URL, json={"messages": [ASK], "model": "sanderling:small", **body}).json()
        (choice,) = said["choices"]
        assert (choice["message"]["content"], choice["finish_reason"]) == (text, reason)


def test_our_options_may_come_in_the_body_or_in_headers(http: httpx2.Client) -> None:
    for body, headers in (
        ({"sanderling": {"budget_ms": 5000, "context": "medium", "filter": {"types": ["doc"]}}}, {}),
        ({"sanderling": {"privacy": "any"}}, {"X-Sanderling-Privacy": "local", "X-Sanderling-Budget-Ms": "9000"}),
    ):
        said = http.post(URL, json={"messages": [ASK], **body}, headers=headers)
        assert said.status_code == 200
        # Where none is asked for, it may have grown.
        route = said.json()["sanderling"]["route"]
        assert route["context"] == body["sanderling"].get("context", route["context"])


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"messages": []}, "messages", "invalid_value"),
        ({"messages": [ASK, {"role": "assistant", "content": "x"}]}, "messages", "invalid_value"),
        ({"messages": "Who?"}, "messages", "invalid_type"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role", "invalid_type"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, None, None),
        ({"n": 2}, "n", "unsupported_value"),
        ({"presence_penalty": 0.5}, "presence_penalty", "unsupported_value"),
        ({"audio": {"voice": "x"}}, "modalities", "unsupported_value"),
        ({"max_tokens": 0}, "max_tokens", "invalid_value"),
        ({"max_tokens": "many"}, "max_tokens", "invalid_type"),
        ({"temperature": 9}, "temperature", "invalid_value"),
        ({"top_p": -1}, "top_p", "invalid_value"),
        ({"stop": [""]}, "stop", "invalid_value"),
        ({"sanderling": {"budget_ms": 0}}, "sanderling.budget_ms", "invalid_value"),
        ({"sanderling": {"budget": 5}}, "sanderling", "invalid_type"),
        ({"sanderling": {"privacy": "none"}}, "sanderling.privacy", "invalid_type"),
        ({"sanderling": {"filter": {"since": "soon"}}}, None, None),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(http: httpx2.Client, body, param, code) -> None:
    response = http.post(URL, json={"messages": [ASK], **body})
    said = response.json()["error"]
    assert response.status_code == 400
    assert said["type"] == "invalid_request_error"
    if code is not None:
        assert (said["param"], said["code"]) == (param, code)


def test_unknown_fields_and_models(http: httpx2.Client) -> None:
    said = http.post(URL, json={"messages": [ASK], "store": True, "reasoning_effort": "low", "whatever": {"a": 1}})
    assert said.status_code == 200
    absent = http.post(URL, json={"messages": [ASK], "model": "gpt-5"})
    assert (absent.status_code, absent.json()["error"]["code"]) == (404, "model_not_found")
    assert "small" in absent.json()["error"]["message"]
    assert http.get("/v1/models/gpt-5").status_code == 404
    assert http.get("/v2/chat").json()["error"]["code"] == "not_found"
    assert http.get(URL).status_code == 405


def test_an_error_before_the_first_token_has_its_status_and_one_after_it_is_an_event(
    client: openai.OpenAI, http: httpx2.Client
) -> None:
    # The scripted model says two letters before it fails.
    for question, code in (("Was there a storm?", "worker_died"), ("Do they refuse?", "engine_error")):
        whole = {"messages": [{"role": "user", "content": question}], "model": "sanderling:small"}
        response = http.post(URL, json=whole)
        assert (response.status_code, response.json()["error"]["code"]) == (500, code)
        with pytest.raises(openai.APIError, match=r"small|script"):
            list(client.chat.completions.create(**whole, stream=True))
    filtered = {"filter": {"tags": ["absent"]}}
    response = http.post(URL, json={"messages": [ASK], "stream": True, "sanderling": filtered})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "no_notes")


def test_a_question_about_the_notes_themselves_needs_no_model(http: httpx2.Client) -> None:
    response = http.post(URL, json={"messages": [{"role": "user", "content": "How many notes are there?"}]})
    assert response.headers["x-sanderling-path"] == "memory"
    assert "3" in response.json()["choices"][0]["message"]["content"]


SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
TOOL = {"type": "function", "function": {"name": "call_person", "parameters": SCHEMA, "description": "Call somebody."}}


def test_a_plain_model_answers_without_notes_and_with_log_probabilities(client: openai.OpenAI) -> None:
    said = client.chat.completions.create(
        model="small", messages=[ASK], logprobs=True, top_logprobs=2, temperature=0, max_tokens=3
    )
    (choice,) = said.choices
    assert (choice.message.content, choice.finish_reason) == ("Ada", "length")
    assert [token.token for token in choice.logprobs.content] == ["A", "d", "a"]
    assert len(choice.logprobs.content[0].top_logprobs) == 2
    assert said.sanderling["sources"] == []
    chunks = list(client.chat.completions.create(model="small", messages=[ASK], stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Ada Lind"


def test_a_stream_says_what_the_whole_answer_says(client: openai.OpenAI) -> None:
    asked = [{"role": "user", "content": "Say it indented"}]
    for model, text in (("small", "\n  Ada"), ("sanderling:small", "Ada")):
        whole = client.chat.completions.create(model=model, messages=asked).choices[0].message.content
        chunks = client.chat.completions.create(model=model, messages=asked, stream=True)
        assert whole == "".join(each.choices[0].delta.content or "" for each in chunks if each.choices) == text
        events = client.responses.create(model=model, input="Say it indented", stream=True)
        assert "".join(each.delta for each in events if each.type == "response.output_text.delta") == text


@pytest.mark.parametrize("model", ["small", "sanderling:small"])
def test_json_and_forced_calls_come_by_grammar(client: openai.OpenAI, model: str) -> None:
    for form in ({"type": "json_object"}, {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}):
        said = client.chat.completions.create(model=model, messages=[ASK], response_format=form)
        assert isinstance(json.loads(said.choices[0].message.content), dict)
    for choice in ("required", {"type": "function", "function": {"name": "call_person"}}):
        said = client.chat.completions.create(model=model, messages=[ASK], tools=[TOOL], tool_choice=choice)
        (call,) = said.choices[0].message.tool_calls
        assert (said.choices[0].finish_reason, call.function.name) == ("tool_calls", "call_person")
        assert "name" in json.loads(call.function.arguments)
    chunks = client.chat.completions.create(
        model=model, messages=[ASK], tools=[TOOL], tool_choice="required", stream=True
    )
    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert "name" in json.loads("".join(call.function.arguments for call in calls))


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"tools": [TOOL]}, "tool_choice"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": "auto"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "other"}}}, "tool_choice"),
        ({"tools": [{"type": "web_search"}], "tool_choice": "required"}, "tools[0].type"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema.schema"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 99}, "top_logprobs"),
    ],
)
def test_forms_that_cannot_be_promised_are_refused(http: httpx2.Client, body, param) -> None:
    response = http.post(URL, json={"messages": [ASK], **body})
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)
    for taken in ({"tools": [TOOL], "tool_choice": "none"}, {"tool_choice": "auto"}):
        assert http.post(URL, json={"messages": [ASK], **taken}).status_code == 200


def test_a_stream_begins_with_the_sentence_of_the_notes(http: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sanderling.stages.quote.LEAST", 0.0)
    asked = {"messages": [ASK], "stream": True, "model": "sanderling:small"}
    first, *rest = events(http.post(URL, json={**asked, "sanderling": {"cache": False}}).text)
    quote = first["sanderling"]["quote"]
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert quote["text"] == "The feed pump is repaired by Ada Lind."
    source = quote["source"]
    assert source["text"][slice(*source["passage"])] == quote["text"]
    assert (source["title"], 0 < quote["confidence"] < 1) == ("Pump", True)
    assert source["url"].startswith("file:///")
    assert [each["choices"][0]["delta"] for each in rest if each["choices"][0]["delta"].get("role")] == []
    assert "".join(each["choices"][0]["delta"].get("content", "") for each in rest) == "Ada Lind"
    assert rest[-1]["sanderling"]["quote"] == quote
    whole = http.post(URL, json={"messages": [ASK], "sanderling": {"cache": False}}).json()
    assert whole["sanderling"]["quote"] == quote


def test_an_error_after_that_sentence_is_an_event_unless_it_is_not_wanted(
    http: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sanderling.stages.quote.LEAST", 0.0)
    refused = {"messages": [ASK], "stream": True, "model": "sanderling:small"}

    def full(*_: object, **__: object) -> None:
        raise OutOfMemory("there is no room")

    monkeypatch.setattr("sanderling.answerer.make_draft", full)
    response = http.post(URL, json=refused)
    lines = [json.loads(line[6:]) for line in response.text.split("\n\n") if line.startswith("data: {")]
    assert (response.status_code, lines[0]["sanderling"]["quote"]["source"]["title"]) == (200, "Pump")
    assert "error" in lines[-1]
    assert http.post(URL, json={**refused, "sanderling": {"quote": False}}).status_code == 503


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (URL, {"messages": [{"role": "user", "content": "Tell me slowly"}]}),
        (URL, {"messages": [{"role": "user", "content": "Tell me slowly"}], "stream": True}),
        ("/v1/completions", {"prompt": ["Tell me slowly"], "max_tokens": 500}),
    ],
    ids=["chat", "stream", "completions"],
)
def test_a_model_without_notes_keeps_to_its_budget_too(http: httpx2.Client, url: str, body: dict[str, object]) -> None:
    http.post(URL, json={"messages": [ASK], "model": "small"})  # loads
    began = time.monotonic()
    response = http.post(url, json={**body, "model": "small", "sanderling": {"budget_ms": 500}})
    assert time.monotonic() - began < 0.5 + 1.0
    said = events(response.text) if body.get("stream") else [response.json()]
    (reason,) = {choice["finish_reason"] for each in said for choice in each["choices"]} - {None}
    assert (reason, said[-1]["sanderling"]["finish_reason"]) == ("length", "budget")


def test_a_budget_that_was_over_before_a_model_began_is_an_error(http: httpx2.Client) -> None:
    body = {"messages": [{"role": "user", "content": "Tell me slowly"}], "model": "small"}
    with ThreadPoolExecutor(1) as other:
        first = other.submit(http.post, URL, json={**body, "sanderling": {"budget_ms": 2500}})
        time.sleep(0.5)
        late = http.post(URL, json={**body, "seed": 1, "sanderling": {"budget_ms": 300}})
        assert (late.status_code, late.json()["error"]["code"]) == (503, "queue_timeout")
        assert late.headers["x-should-retry"] == "true"
        assert first.result(30).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_whose_time_is_over_is_cut_and_says_why(http: httpx2.Client, stream: bool) -> None:
    slow = {"role": "user", "content": "Tell me slowly: who repairs the feed pump?"}
    http.post(URL, json={"messages": [ASK], "model": "sanderling:small"})  # loads
    body = {"messages": [slow], "model": "sanderling:small", "stream": stream, "sanderling": {"budget_ms": 700}}
    began = time.monotonic()
    response = http.post(URL, json=body)
    assert time.monotonic() - began < 0.7 + 1.0
    said = events(response.text) if stream else [response.json()]
    (reason,) = {choice["finish_reason"] for each in said for choice in each["choices"]} - {None}
    *quoted, ours = (each["sanderling"] for each in said if "sanderling" in each)
    assert [each.keys() for each in quoted] == ([{"quote"}] if stream else [])
    assert (reason, ours["finish_reason"], bool(ours["sources"])) == ("length", "budget", True)
    assert any("--budget-ms" in warning for warning in ours["warnings"])
