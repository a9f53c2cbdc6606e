"""The schema of a call, and the call read from what was generated under it."""

from __future__ import annotations

import json

import jsonschema
import pytest
from drawn_schemas import byte_grammar, drawn

from sanderling.engines.json_schema import checked
from sanderling.errors import UsageError
from sanderling.plain.completion import ToolCall
from sanderling.plain.tools import Tool, call_schema, description, read_call

PLACE = Tool(
    name="weather",
    description="Weather at a place",
    parameters={
        "type": "object",
        "properties": {
            "place": {"$ref": "#/$defs/place"},
            "$ref": {"const": {"$ref": "#/$defs/place"}},
            "const": {"$ref": "#/$defs/place"},
        },
        "required": ["place", "$ref", "const"],
        "additionalProperties": False,
        "$defs": {"place": {"type": "string", "pattern": "^[a-z]{2,5}$"}},
    },
)
TREE = Tool(
    name="plant",
    parameters={
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#"}, "maxItems": 1}},
        "additionalProperties": False,
    },
)


@pytest.mark.parametrize("tools", [(PLACE,), (TREE,), (PLACE, TREE), (TREE, PLACE, Tool(name="other"))])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_drawn_is_a_call(tools: tuple[Tool, ...], seed: int) -> None:
    text = drawn(byte_grammar(checked(call_schema(tools))), seed)
    assert text is not None
    call = read_call(tools, text)
    assert call is not None
    (tool,) = [tool for tool in tools if tool.name == call.name]
    jsonschema.Draft202012Validator(tool.schema).validate(json.loads(call.arguments))


def test_of_several_each_can_be_chosen() -> None:
    texts = [drawn(byte_grammar(checked(call_schema((PLACE, TREE)))), seed) for seed in range(20)]
    assert {read_call((PLACE, TREE), text).name for text in texts if text} == {"weather", "plant"}


def test_a_cut_text_is_no_call_unless_its_name_is_known() -> None:
    assert read_call((PLACE, TREE), '{"name": "pla') is None
    assert read_call((PLACE,), '{"place": "osl') == ToolCall(name="weather", arguments='{"place": "osl')


@pytest.mark.parametrize("tools", [(), (PLACE, PLACE)])
def test_tools_have_names_of_their_own(tools) -> None:
    with pytest.raises(UsageError, match="at least one"):
        call_schema(tools)


def test_the_model_is_told_of_them() -> None:
    text = description((PLACE, TREE))
    assert "Weather at a place" in text
    assert '"name":"plant"' in text
    assert '"arguments"' in text
    assert "its arguments" in description((PLACE,))
