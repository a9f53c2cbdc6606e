"""Checks every feature of the service that openai-python can use."""

from __future__ import annotations

import base64
import json
import struct

import openai
from checking import BASE, KEY, MODEL, NOTE, NOTES, PERSON, QUESTION, check, expect, run

client = openai.OpenAI(base_url=BASE, api_key=KEY, max_retries=0, timeout=300)
ASK = [{"role": "user", "content": QUESTION}]
TOOL = {"type": "function", "function": {"name": "store_person", "parameters": PERSON}}


@check("models")
def models() -> None:
    """List the models and look one up."""
    names = {model.id for model in client.models.list()}
    expect({"sanderling", "auto", MODEL, NOTES} <= names, names)
    expect(client.models.retrieve(NOTES).id == NOTES, "retrieve")


@check("chat from the notes")
def chat() -> None:
    """Ask a question that the notes answer."""
    said = client.chat.completions.create(model="auto", messages=ASK, max_tokens=24)
    expect(said.choices[0].message.content, said)
    expect(said.usage.prompt_tokens > 0 and said.usage.prompt_tokens_details.cached_tokens is not None, said.usage)
    expect(NOTE in json.dumps(said.sanderling["sources"]), said.sanderling)


@check("citations")
def citations() -> None:
    """Find the cited note in the annotations of a whole answer and of a streamed one."""
    said = client.chat.completions.create(model=NOTES, messages=ASK, max_tokens=24)
    cited = said.choices[0].message.annotations
    expect(any(NOTE in each.url_citation.url for each in cited or []), said)
    chunks = list(client.chat.completions.create(model=NOTES, messages=ASK, max_tokens=24, stream=True))
    found = [chunk.choices[0].delta.annotations for chunk in chunks if hasattr(chunk.choices[0].delta, "annotations")]
    expect(found and NOTE in json.dumps(found), chunks[-3:])


@check("chat, model alone")
def plain() -> None:
    """Ask the model without notes, and get the same text for the same seed."""
    ask = {"model": MODEL, "messages": ASK, "max_tokens": 12, "temperature": 0.8, "seed": 7}
    texts = {client.chat.completions.create(**ask).choices[0].message.content for _ in range(2)}
    expect(len(texts) == 1 and texts != {""}, texts)


@check("stream")
def stream() -> None:
    """Stream with usage, and join the pieces into the whole text."""
    ask = {"model": MODEL, "messages": ASK, "max_tokens": 12, "temperature": 0}
    whole = client.chat.completions.create(**ask).choices[0]
    chunks = list(client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    expect(text == whole.message.content, (text, whole))
    expect(chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0, chunks[-1])
    expect(chunks[-2].choices[0].finish_reason == whole.finish_reason, chunks[-2])


@check("leave a stream")
def leave() -> None:
    """Disconnect during a stream, and get the next answer without waiting for the rest of the stream."""
    long = [{"role": "user", "content": "Count from one to one thousand in words."}]
    with client.chat.completions.create(model=MODEL, messages=long, max_tokens=400, stream=True) as chunks:
        next(iter(chunks))
    said = client.with_options(timeout=60).chat.completions.create(model=MODEL, messages=ASK, max_tokens=2)
    expect(said.choices[0].message.content is not None, said)


@check("log-probabilities")
def logprobs() -> None:
    """Get the log-probabilities of the generated tokens."""
    said = client.chat.completions.create(
        model=MODEL, messages=ASK, max_tokens=4, temperature=0, logprobs=True, top_logprobs=3
    )
    tokens = said.choices[0].logprobs.content
    expect(len(tokens) == said.usage.completion_tokens, said)
    expect(all(token.logprob <= 0 and len(token.top_logprobs) == 3 for token in tokens), tokens)


@check("JSON schema")
def schema() -> None:
    """Get JSON that follows a schema."""
    wanted = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
    ask = [{"role": "user", "content": "Ada Lind is 36 years old. Give name and age as JSON."}]
    said = client.chat.completions.create(model=MODEL, messages=ask, response_format=wanted, max_tokens=80)
    value = json.loads(said.choices[0].message.content)
    expect(set(value) == {"name", "age"} and isinstance(value["age"], int), value)


@check("JSON")
def json_object() -> None:
    """Get any valid JSON object."""
    ask = [{"role": "user", "content": 'Give the JSON object {"a": 1}.'}]
    wanted = {"type": "json_object"}
    said = client.chat.completions.create(model=MODEL, messages=ask, response_format=wanted, max_tokens=200)
    if said.choices[0].finish_reason == "stop":
        expect(isinstance(json.loads(said.choices[0].message.content), dict), said)
    else:  # JSON without a schema has no end that a small model must come to
        expect(said.choices[0].message.content.lstrip().startswith("{"), said)


@check("forced tool")
def tool() -> None:
    """Get a call of the named tool, in a whole reply and in a streamed one."""
    ask = [{"role": "user", "content": "Store Ada Lind, 36 years old."}]
    choice = {"type": "function", "function": {"name": "store_person"}}
    both = {"model": MODEL, "messages": ask, "tools": [TOOL], "tool_choice": choice, "max_tokens": 80}
    said = client.chat.completions.create(**both).choices[0]
    (call,) = said.message.tool_calls
    expect(set(json.loads(call.function.arguments)) == {"name", "age"}, call)
    expect(call.function.name == "store_person", call)
    with client.chat.completions.stream(**both) as events:
        final = events.get_final_completion().choices[0]
    expect(set(json.loads(final.message.tool_calls[0].function.arguments)) == {"name", "age"}, final)


@check("completions")
def completions() -> None:
    """Continue two prompts, one of them echoed with its log-probabilities."""
    said = client.completions.create(model=MODEL, prompt=["One two three", "A B C"], max_tokens=4, temperature=0)
    expect([choice.index for choice in said.choices] == [0, 1] and all(each.text for each in said.choices), said)
    read = client.completions.create(model=MODEL, prompt="One two three", max_tokens=1, echo=True, logprobs=1)
    found = read.choices[0].logprobs
    expect(found.token_logprobs[0] is None and all(each <= 0 for each in found.token_logprobs[1:]), found)
    expect(read.choices[0].text.startswith("One two three"), read)


@check("embeddings")
def embeddings() -> None:
    """Get the same vectors as floats and as base64, the client's default."""
    texts = ["Ada Lind repairs the pump.", "Lentil soup"]
    packed = client.embeddings.create(model="auto", input=texts)
    plain_floats = client.embeddings.create(model="auto", input=texts, encoding_format="float")
    expect(len(packed.data) == 2 and packed.usage.prompt_tokens > 0, packed.usage)
    for one, other in zip(packed.data, plain_floats.data, strict=True):
        near = [abs(a - b) < 1e-6 for a, b in zip(one.embedding, other.embedding, strict=True)]
        expect(all(near) and len(near) > 100, (one.embedding[:3], other.embedding[:3]))
    raw = client.embeddings.with_raw_response.create(model="auto", input=texts[0], encoding_format="base64")
    data = base64.b64decode(json.loads(raw.content)["data"][0]["embedding"])
    expect(abs(struct.unpack("<f", data[:4])[0] - packed.data[0].embedding[0]) < 1e-6, data[:4])


@check("responses")
def responses() -> None:
    """Ask through the Responses API: for a whole reply, for a streamed one, and for one that follows a schema."""
    said = client.responses.create(model=NOTES, input=QUESTION, max_output_tokens=24)
    expect(said.output_text and said.usage.input_tokens > 0, said)
    expect(any(NOTE in each.url for each in said.output[0].content[0].annotations), said.output)
    events = list(client.responses.create(model=MODEL, input=QUESTION, max_output_tokens=12, stream=True))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    expect(events[-1].type in ("response.completed", "response.incomplete"), events[-1])
    expect("".join(deltas) == events[-1].response.output_text != "", (deltas, events[-1]))
    form = {"format": {"type": "json_schema", "name": "person", "schema": PERSON, "strict": True}}
    ask = "Ada Lind is 36 years old. Give name and age as JSON."
    shaped = client.responses.create(model=MODEL, input=ask, text=form, max_output_tokens=80)
    expect(set(json.loads(shaped.output_text)) == {"name", "age"}, shaped.output_text)


@check("errors")
def errors() -> None:
    """Get the exceptions that a program expects for refused requests."""
    wrong = (
        (openai.NotFoundError, "model_not_found", {"model": "absent"}, client),
        (openai.BadRequestError, "unsupported_value", {"model": MODEL, "n": 2}, client),
        (openai.BadRequestError, "unsupported_value", {"model": MODEL, "tools": [TOOL]}, client),
        (openai.BadRequestError, "context_length_exceeded", {"model": MODEL, "messages": _long()}, client),
        (openai.AuthenticationError, "invalid_api_key", {"model": MODEL}, client.with_options(api_key="wrong")),
    )
    for kind, code, body, who in wrong:
        try:
            who.chat.completions.create(**{"messages": ASK, "max_tokens": 4, **body})
        except kind as error:
            expect(error.code == code, (code, error.code, error.message))
        else:
            raise AssertionError(f"no {kind.__name__} for {body}"[:200])
    try:
        client.completions.create(model=MODEL, prompt=[1, 2**31 - 1], max_tokens=1)
    except openai.BadRequestError as error:
        expect(error.code == "invalid_value", error.message)
    else:
        raise AssertionError("a token id that no model has was taken")


def _long() -> list[dict[str, str]]:
    return [{"role": "user", "content": "word " * 40_000}]


if __name__ == "__main__":
    run("openai")
