"""Schemas that cannot be followed are refused by name, and hostile ones within a bounded time and size."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from drawn_schemas import byte_grammar, drawn
from hypothesis import given
from hypothesis import strategies as st

from sanderling.engines.json_schema import MAX_BYTES, MAX_DEPTH, checked
from sanderling.errors import EngineError, UsageError


def nested(depth: int) -> dict:
    schema: dict = {"type": "string"}
    for _ in range(depth):
        schema = {"items": schema}
    return schema


def chained(length: int, step: Callable[[dict], dict]) -> dict:
    """A schema that refers to the next one several times, and so on."""
    parts = {str(at): step({"$ref": f"#/$defs/{at + 1}"}) for at in range(length)}
    return {"$ref": "#/$defs/0", "$defs": {**parts, str(length): {}}}


SELF: dict = {}
SELF["items"] = SELF


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"not": {"type": "string"}}, "not"),
        ({"if": {}, "then": {}}, "if"),
        ({"type": "array", "uniqueItems": True}, "uniqueItems"),
        ({"type": "array", "contains": {}}, "contains"),
        ({"type": "object", "propertyNames": {"pattern": "x"}}, "propertyNames"),
        ({"type": "object", "dependentRequired": {"a": ["b"]}}, "dependentRequired"),
        ({"properties": {"deep": {"items": {"unevaluatedItems": False}}}}, "unevaluatedItems"),
        ({"type": "string", "format": "colour"}, "format: colour"),
        ({"type": "string", "pattern": "(?=a)b"}, "look-ahead"),
        ({"type": "string", "pattern": "("}, "regex"),
        ({"oneOf": [{"type": "string"}, {"type": "string", "maxLength": 3}]}, "anyOf"),
        ({"type": "frob"}, "frob"),
        ({"properties": 3}, "properties"),
        ({"$ref": "http://evil.example/x"}, "not fetch"),
        ({"$ref": "file:///etc/passwd"}, "not fetch"),
        ({"$ref": "#/nowhere"}, "nowhere"),
        ({"type": "integer", "minimum": 5, "maximum": 3}, "minimum"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "incompatible types"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "no finite JSON"),
        (
            {
                "$ref": "#/$defs/a",
                "$defs": {"a": {"properties": {"x": {"$ref": "#/$defs/a"}}, "required": ["x"], "type": "object"}},
            },
            "no finite JSON",
        ),
        (nested(MAX_DEPTH + 5), "deeper"),
        (nested(50_000), "deeper"),
        (SELF, "deeper"),
        ({"enum": ["x" * MAX_BYTES]}, "bytes"),
        ({"enum": list(range(MAX_BYTES + 1))}, "parts"),
        ({"const": {1, 2}}, "written as JSON"),
        ({"const": float("nan")}, "written as JSON"),
        (["type", "object"], "an object, not list"),
        (True, "an object, not bool"),
    ],
)
def test_refusals_name_what_cannot_be_enforced(schema, named) -> None:
    with pytest.raises(UsageError, match=named) as refusal:
        checked(schema)
    assert "\n" not in str(refusal.value)
    assert "x-guidance" not in str(refusal.value)


@pytest.mark.parametrize(
    "schema",
    [
        nested(MAX_DEPTH - 5),
        {"type": "string", "pattern": "((a{1,1000}){1,1000}){1,1000}"},
        {"type": "string", "pattern": "^(a|a?)+$"},
        {"type": "string", "minLength": 1_000_000},
        {"type": "array", "items": {"type": "integer"}, "minItems": 100_000},
        {"enum": [f"x{at}" for at in range(6000)]},
        {"anyOf": [{"properties": {f"k{key}": {"type": "string"} for key in range(10)}} for _ in range(100)]},
        {"allOf": [{"anyOf": [{"properties": {f"a{i}{j}": {}}} for j in range(4)]} for i in range(8)]},
        chained(14, lambda ref: {"allOf": [ref] * 4}),
        chained(19, lambda ref: {"prefixItems": [ref] * 9}),
    ],
    ids=lambda schema: json.dumps(schema)[:30],
)
def test_hostile_schemas_end_soon(schema) -> None:
    """Each is refused or compiled, and a text begun, within CPU time far below what its expansion would take."""
    began = time.process_time()
    try:
        drawn(byte_grammar(checked(schema)), 1, most=200)
    except (UsageError, EngineError) as refusal:
        assert len(str(refusal)) < 600
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"title": "T", "description": "D", "default": 1, "examples": [2], "$comment": "c", "type": "integer"},
        {"oneOf": [{"properties": {"k": {"const": c}}, "required": ["k"], "type": "object"} for c in "ab"]},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "string"},
        {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}, "$ref": "#/definitions/a"},
    ],
    ids=lambda schema: json.dumps(schema)[:30],
)
def test_what_pydantic_and_others_write_is_accepted(schema) -> None:
    assert json.loads(checked(schema)) == schema


def test_without_a_schema_there_is_none() -> None:
    assert checked(None) == ""


def test_a_schema_cannot_set_the_librarys_options() -> None:
    with pytest.raises(UsageError, match="uniqueItems"):
        checked({"type": "array", "uniqueItems": True, "x-guidance": {"lenient": True}})
    text = drawn(byte_grammar(checked({"const": [1, 2], "x-guidance": {"item_separator": "\n\n,"}})), 1)
    assert text == "[1, 2]"


def test_text_is_written_as_python_writes_it() -> None:
    value = {"a": [1, 2.5, None, True], "b": {"c": 'é "x"'}}
    assert drawn(byte_grammar(checked({"const": value})), 1) == json.dumps(value, ensure_ascii=False)


KEYWORDS = (
    *("type", "properties", "items", "$ref", "anyOf", "allOf", "enum", "required", "pattern", "minimum"),
    *("x-guidance", "$defs", "prefixItems", "additionalProperties", "format", "minLength"),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda of: st.lists(of, max_size=3) | st.dictionaries(st.sampled_from(KEYWORDS), of, max_size=3),
    max_leaves=12,
)


@given(ANYTHING)
def test_any_json_is_accepted_or_refused(value) -> None:
    with suppress(UsageError, EngineError):
        if text := checked(value):
            byte_grammar(text)
