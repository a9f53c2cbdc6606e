"""Converts request fields for function calls and JSON answers to tools and a JSON schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from ...plain.completion import ToolCall
from ...plain.tools import Tool
from ..refusal import Refused

MOST_TOOLS = 64


class Form(NamedTuple):
    """The form that an answer must have."""

    schema: Mapping[str, object] | None = None
    """JSON schema that the answer must follow; None: any text."""
    tools: tuple[Tool, ...] = ()
    """Functions, one of which must be called by the answer; empty: none."""


def form_of(
    response_format: Mapping[str, Any] | None,
    tools: Sequence[Mapping[str, Any]] | None,
    choice: str | Mapping[str, Any] | None,
) -> Form:
    """Return the answer form that a request body asks for. Raises Refused for a form that cannot be guaranteed."""
    called = _called(tools or (), choice)
    schema = _schema(response_format)
    if called and schema is not None:
        raise Refused(400, "unsupported_value", "a call of a function has its own schema", param="response_format")
    return Form(schema, called)


def call_object(call: ToolCall, request_id: str) -> dict[str, Any]:
    """Return a function call in the format of chat messages."""
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": f"call_{request_id.replace('-', '')[:24]}", "type": "function", "function": function}


def _schema(wanted: Mapping[str, Any] | None) -> Mapping[str, object] | None:
    kind = (wanted or {}).get("type", "text")
    if kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object"}
    if kind != "json_schema":
        raise Refused(
            400, "unsupported_value", "must be text, json_object or json_schema", param="response_format.type"
        )
    inner = (wanted or {}).get("json_schema", wanted)  # the responses API has the schema one level higher
    schema = inner.get("schema") if isinstance(inner, Mapping) else None
    if not isinstance(schema, Mapping):
        raise Refused(400, "invalid_type", "must be an object", param="response_format.json_schema.schema")
    return schema


def _called(tools: Sequence[Mapping[str, Any]], choice: str | Mapping[str, Any] | None) -> tuple[Tool, ...]:
    if choice == "none" or (not tools and choice in (None, "auto")):
        return ()
    if not tools:
        raise Refused(400, "invalid_value", "a call needs tools to choose from", param="tool_choice")
    if len(tools) > MOST_TOOLS:
        raise Refused(400, "invalid_value", f"at most {MOST_TOOLS} functions are taken", param="tools")
    known = tuple(_tool(tool, f"tools[{at}]") for at, tool in enumerate(tools))
    if choice == "required":
        return known
    if isinstance(choice, Mapping):
        function = choice.get("function", choice)
        name = function.get("name") if isinstance(function, Mapping) else None
        named = tuple(tool for tool in known if tool.name == name)
        if named:
            return named[:1]
        raise Refused(400, "invalid_value", "names none of the tools", param="tool_choice")
    message = "small models choose badly whether to call a function: name one, or say required"
    raise Refused(400, "unsupported_value", message, param="tool_choice")


def _tool(given: Mapping[str, Any], param: str) -> Tool:
    function = given.get("function", given)
    if given.get("type") != "function" or not isinstance(function, Mapping):
        raise Refused(400, "unsupported_value", "only functions are called", param=f"{param}.type")
    try:
        fields = {key: function[key] for key in ("name", "parameters", "description") if function.get(key) is not None}
        return msgspec.convert(fields, Tool)
    except msgspec.ValidationError as error:
        raise Refused(400, "invalid_type", str(error), param=f"{param}.function") from error
