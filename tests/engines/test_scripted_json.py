"""The scripted engine says its text inside JSON, and always ends."""

from __future__ import annotations

import json
from itertools import islice

import jsonschema
import pytest
from drawn_schemas import END, byte_grammar, schemas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanderling.engines.json_schema import checked
from sanderling.engines.scripted_json import following

MOST = 3000


def said(schema: dict, text: str) -> str:
    return bytes(islice(following(byte_grammar(checked(schema)), text.encode(), END, END + 1), MOST)).decode()


@pytest.mark.parametrize(
    ("schema", "text", "json"),
    [
        ({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, '{"a": 5}', '{"a": 5}'),
        (
            {
                "type": "object",
                "properties": {"who": {"type": "string"}},
                "required": ["who"],
                "additionalProperties": False,
            },
            "Ada Lind",
            '{"who": "Ada Lind"}',
        ),
        ({"enum": ["yes", "no"]}, "no", '"no"'),
        ({"type": "integer"}, "42", "42"),
        ({"type": "boolean"}, "", "true"),
        ({"type": "array", "items": {"enum": ["}"]}, "minItems": 2, "maxItems": 2}, "", '["}", "}"]'),
    ],
)
def test_the_text_is_said_where_it_may_stand(schema, text, json) -> None:
    assert said(schema, text) == json


def test_what_closes_an_object_closes_no_string() -> None:
    assert "x" in json.loads(said({"type": "string", "pattern": "x"}, ""))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(schemas(), st.text(max_size=10))
def test_it_ends_and_satisfies_the_schema(schema: dict, text: str) -> None:
    jsonschema.Draft202012Validator(schema).validate(json.loads(said(schema, text)))
