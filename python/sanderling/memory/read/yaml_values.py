"""Read a YAML document as strings, lists and mappings. PyYAML parses it to events.

Scalars are kept as they are written: ``1.10``, ``yes`` and ``2024-03-05`` are names and dates in notes, not numbers. No
object is built, and an alias, which can make a page of text a terabyte, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 20

Value = str | list["Value"] | dict[str, "Value"] | None
"""A string as written, a list, a mapping, or None for nothing."""

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_CORE = ("str", "int", "float", "bool", "null", "timestamp", "seq", "map", "set")


class Odd(Exception):
    """Raised for YAML that cannot be read; the message names the problem."""


def parsed(text: str) -> Value:
    """Return the value of a YAML document. Raises Odd for what is not valid, or not read."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return _Builder(iter(yaml.parse(text, Loader=loader))).document()
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise Odd(str(problem)) from None


class _Builder:
    """Builds strings, lists and mappings from the events of a YAML parser."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events

    def document(self) -> Value:
        value: Value = None
        for event in self._events:
            kind = type(event).__name__
            if kind not in ("StreamStartEvent", "DocumentStartEvent", "DocumentEndEvent", "StreamEndEvent"):
                value = self._value(event, 1)
        return value

    def _value(self, event: Any, depth: int) -> Value:
        kind = type(event).__name__
        if kind == "AliasEvent":
            raise Odd(f"*{event.anchor} stands for another value: write it out")
        tag = event.tag or ""
        if tag not in ("", "!") and tag.removeprefix("tag:yaml.org,2002:") not in _CORE:
            raise Odd(f"{tag} is no kind of value that is read")
        if depth > MAX_DEPTH:
            raise Odd("nested too deeply")
        if kind == "ScalarEvent":
            nothing = not event.style and event.value in _NOTHING
            return None if nothing else str(event.value).strip()
        inside = list(self._inside(depth))
        if kind == "SequenceStartEvent":
            return inside
        fields: dict[str, Value] = {}
        for key, value in zip(inside[::2], inside[1::2], strict=True):
            if isinstance(key, list | dict):
                raise Odd("a key is one text")
            if key in fields:
                raise Odd(f"{key} stands there twice")
            fields[key or ""] = value
        return fields

    def _inside(self, depth: int) -> Iterator[Value]:
        for event in self._events:
            if type(event).__name__ in ("SequenceEndEvent", "MappingEndEvent"):
                return
            yield self._value(event, depth + 1)
