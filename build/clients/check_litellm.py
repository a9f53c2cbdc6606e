"""Checks LiteLLM with the providers ``openai/`` and ``hosted_vllm/``."""

from __future__ import annotations

import json
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else importing it downloads a table of prices

import litellm
from checking import BASE, KEY, MODEL, NOTE, NOTES, PERSON, QUESTION, check, expect, run

WHERE = {"api_base": BASE, "api_key": KEY, "timeout": 300, "num_retries": 0}
ASK = [{"role": "user", "content": QUESTION}]
litellm.telemetry = False


@check("chat from the notes")
def notes() -> None:
    """Ask a question that the notes answer."""
    said = litellm.completion(model="openai/auto", messages=ASK, max_tokens=24, **WHERE)
    expect(said.choices[0].message.content and said.usage.prompt_tokens > 0, said)


@check("citations")
def citations() -> None:
    """Find the cited note in the annotations."""
    said = litellm.completion(model=f"openai/{NOTES}", messages=ASK, max_tokens=24, **WHERE)
    expect(NOTE in json.dumps(said.choices[0].message.annotations), said)


@check("chat, model alone")
def plain() -> None:
    """Ask the model without notes, as if the service were a vLLM server."""
    said = litellm.completion(model=f"hosted_vllm/{MODEL}", messages=ASK, max_tokens=8, **WHERE)
    expect(said.choices[0].message.content, said)


@check("stream")
def stream() -> None:
    """Stream with usage."""
    options = {"include_usage": True}
    chunks = list(
        litellm.completion(
            model=f"openai/{MODEL}", messages=ASK, max_tokens=8, stream=True, stream_options=options, **WHERE
        )
    )
    expect("".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices), chunks)
    expect(any(getattr(chunk, "usage", None) for chunk in chunks), chunks[-1])


@check("JSON schema")
def schema() -> None:
    """Get JSON that follows a schema."""
    wanted = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
    ask = [{"role": "user", "content": "Ada Lind is 36 years old. Give name and age as JSON."}]
    said = litellm.completion(model=f"openai/{MODEL}", messages=ask, response_format=wanted, max_tokens=80, **WHERE)
    value = json.loads(said.choices[0].message.content)
    expect(set(value) == {"name", "age"}, value)


@check("forced tool")
def tool() -> None:
    """Get a call of the named tool."""
    tools = [{"type": "function", "function": {"name": "store_person", "parameters": PERSON}}]
    choice = {"type": "function", "function": {"name": "store_person"}}
    ask = [{"role": "user", "content": "Store Ada Lind, 36 years old."}]
    said = litellm.completion(
        model=f"openai/{MODEL}", messages=ask, tools=tools, tool_choice=choice, max_tokens=80, **WHERE
    )
    (call,) = said.choices[0].message.tool_calls
    expect(set(json.loads(call.function.arguments)) == {"name", "age"}, call)


@check("completions")
def completions() -> None:
    """Continue a text."""
    said = litellm.text_completion(
        model=f"text-completion-openai/{MODEL}", prompt="One two three", max_tokens=4, **WHERE
    )
    expect(said.choices[0].text, said)


@check("embeddings")
def embeddings() -> None:
    """Embed two texts."""
    said = litellm.embedding(model="openai/auto", input=["Ada Lind", "Lentil soup"], **WHERE)
    expect(len(said.data) == 2 and len(said.data[0]["embedding"]) > 100, said)


@check("responses")
def responses() -> None:
    """Ask through the Responses API."""
    said = litellm.responses(model=f"openai/{NOTES}", input=QUESTION, max_output_tokens=24, **WHERE)
    expect(NOTE in str(said.output), said)


@check("errors")
def errors() -> None:
    """Get an exception for a refused request."""
    try:
        litellm.completion(model="openai/absent", messages=ASK, **WHERE)
    except litellm.NotFoundError as error:
        expect("absent" in str(error), error)
    else:
        raise AssertionError("an absent model answered")


if __name__ == "__main__":
    run("litellm", "openai")
