"""Function calls by a model: the JSON schema of a call, and the parser of a generated call.

A model is never left to decide whether to call one: small models decide that badly. It writes the arguments and, of
several functions, chooses one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..errors import UsageError
from ..records import Record
from .completion import ToolCall

_DATA = ("const", "enum", "default", "examples")
"""Keywords whose value is data instead of a schema."""


class Tool(Record):
    """A function that a model may call."""

    name: str
    parameters: dict[str, Any] | None = None
    """JSON schema of its arguments; None: any object."""
    description: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments."""
        return {"type": "object"} if self.parameters is None else self.parameters


def call_schema(tools: Sequence[Tool]) -> dict[str, Any]:
    """Return the JSON schema that a generated call must follow.

    With one tool it is the schema of the arguments; with several it has a name and arguments.

    Raises UsageError if there are no tools, or two of one name.
    """
    names = [tool.name for tool in tools]
    if not names or len(set(names)) < len(names):
        raise UsageError(f"the tools must be at least one, each with a name of its own, not {names}")
    if len(tools) == 1:
        return tools[0].schema
    return {
        "anyOf": [
            {
                "type": "object",
                "properties": {"name": {"const": tool.name}, "arguments": {"$ref": f"#/$defs/{at}"}},
                "required": ["name", "arguments"],
                "additionalProperties": False,
            }
            for at, tool in enumerate(tools)
        ],
        "$defs": {str(at): _moved(tool.schema, f"#/$defs/{at}") for at, tool in enumerate(tools)},
    }


def read_call(tools: Sequence[Tool], text: str) -> ToolCall | None:
    """Parse a call that was generated under :func:`call_schema`.

    None if it was cut off before the end, unless there is only one tool.
    """
    if len(tools) == 1:
        return ToolCall(name=tools[0].name, arguments=text)
    try:
        call = json.loads(text)
    except ValueError:
        return None
    return ToolCall(name=call["name"], arguments=json.dumps(call["arguments"], ensure_ascii=False))


def description(tools: Sequence[Tool]) -> str:
    """Return the description of the functions for the system turn."""
    listed = "\n".join(msgspec.json.encode(tool).decode() for tool in tools)
    form = "its arguments" if len(tools) == 1 else 'an object with "name" and "arguments"'
    return f"Functions:\n{listed}\nCall a function: reply with {form} as JSON."


def _moved(schema: Any, place: str, *, names: bool = False) -> Any:
    """Return ``schema`` with its internal references adjusted to its new location ``place``.

    ``names``: the keys of ``schema`` are names that its author chose, not keywords.
    """
    if isinstance(schema, list):
        return [_moved(each, place) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    moved = {}
    for key, value in schema.items():
        if key == "$ref" and isinstance(value, str) and value.startswith("#") and not names:
            moved[key] = place + value[1:]
        elif key in _DATA and not names:
            moved[key] = value
        else:
            moved[key] = _moved(value, place, names=not names and key in ("properties", "$defs", "definitions"))
    return moved
