from __future__ import annotations

import json

import httpx2
import openai
import pytest

ASK = "Who repairs the feed pump?"
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
TOOL = {"type": "function", "name": "call_person", "parameters": SCHEMA, "strict": True}


def test_openai_reads_a_response_with_its_citations(client: openai.OpenAI) -> None:
    said = client.responses.create(model="sanderling:small", input=ASK, instructions="Be brief.", store=True)
    assert (said.output_text, said.status) == ("Ada Lind", "completed")
    (cited,) = said.output[0].content[0].annotations
    assert (cited.type, cited.title, cited.start_index, cited.end_index) == ("url_citation", "Pump", 0, 8)
    assert said.usage.total_tokens == said.usage.input_tokens + said.usage.output_tokens
    talk = [
        {"role": "user", "content": ASK},
        {"role": "assistant", "content": [{"type": "output_text", "text": "Ada Lind"}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "And the engine?"}]},
    ]
    assert client.responses.create(model="small", input=talk).output_text == "Ada Lind"
    cut = client.responses.create(model="small", input=ASK, max_output_tokens=3)
    assert (cut.status, cut.incomplete_details.reason) == ("incomplete", "max_output_tokens")


def test_openai_reads_the_events(client: openai.OpenAI) -> None:
    with client.responses.stream(model="sanderling:small", input=ASK) as stream:
        events = list(stream)
        whole = stream.get_final_response()
    assert whole.output_text == "Ada Lind"
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "Ada Lind"


def test_what_was_cut_is_incomplete(client: openai.OpenAI) -> None:
    said = client.responses.create(model="small", input="Tell a long one", max_output_tokens=2)
    assert (said.status, said.output[0].status) == ("incomplete", "incomplete")
    *_, last = client.responses.create(model="small", input="Tell a long one", max_output_tokens=2, stream=True)
    assert (last.type, last.response.output[0].status) == ("response.incomplete", "incomplete")


def test_json_and_calls(client: openai.OpenAI) -> None:
    form = {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}}
    assert "name" in json.loads(client.responses.create(model="small", input=ASK, text=form).output_text)
    said = client.responses.create(model="auto", input=ASK, tools=[TOOL], tool_choice="required")
    (call,) = said.output
    assert (call.type, call.name) == ("function_call", "call_person")
    assert "name" in json.loads(call.arguments)
    with client.responses.stream(model="small", input=ASK, tools=[TOOL], tool_choice="required") as stream:
        kinds = [event.type for event in stream]
    assert "response.function_call_arguments.done" in kinds


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"background": True}, "background"),
        ({"input": [{"type": "reasoning", "summary": []}]}, "input[0].type"),
        ({"input": [{"role": "king", "content": "x"}]}, "input[0].role"),
        ({"input": []}, "messages"),
        ({"tools": [TOOL]}, "tool_choice"),
        ({"max_output_tokens": 0}, "max_tokens"),
    ],
)
def test_what_needs_a_state_or_is_no_message_is_refused(http: httpx2.Client, body, param) -> None:
    response = http.post("/v1/responses", json={"input": ASK, **body})
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)
