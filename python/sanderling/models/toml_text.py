"""Writes records as TOML. Python reads that format and does not write it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec

from ..records import Record


def array_of_tables(name: str, items: Sequence[Record]) -> str:
    """Return records as TOML tables under ``[[name]]``.

    Values equal to their defaults are left out. Raises TypeError for what TOML has no form for.
    """
    return "\n".join(_table(name, item) for item in items)


def _table(name: str, item: Record) -> str:
    lines = [f"[[{name}]]"]
    nested = []
    for key, value in _fields(item).items():
        if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            nested += [(key, each) for each in value]
        else:
            lines.append(f"{key} = {_value(value)}")
    for key, each in nested:
        lines += ["", f"[[{name}.{key}]]", *(f"{inner} = {_value(value)}" for inner, value in each.items())]
    return "\n".join(lines) + "\n"


def _fields(item: Record) -> dict[str, object]:
    plain = msgspec.to_builtins(item)
    return {key: value for key, value in _without_defaults(item, plain).items() if value is not None}


def _without_defaults(item: object, plain: object) -> dict[str, object]:
    """Return a record as builtins, without fields that have their default."""
    if not isinstance(item, msgspec.Struct) or not isinstance(plain, dict):
        raise TypeError(f"no table can be made of {type(item).__name__}")
    found: dict[str, object] = {}
    known = {field.name: field for field in msgspec.structs.fields(item)}
    for key, value in plain.items():
        field = known.get(key)
        if field is None:  # the tag of a union
            found[key] = value
            continue
        own = getattr(item, key)
        if own == field.default:
            continue
        if isinstance(own, msgspec.Struct):
            found[key] = _without_defaults(own, value)
        elif isinstance(own, tuple) and own and all(isinstance(each, msgspec.Struct) for each in own):
            found[key] = [_without_defaults(each, one) for each, one in zip(own, value, strict=True)]
        else:
            found[key] = value
    return found


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value) if "." in repr(value) or "e" in repr(value) else f"{value!r}.0"
        case str():
            return _text(value)
        case dict():
            return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(_value(each) for each in value) + "]"
    raise TypeError(f"TOML has no form for {type(value).__name__}")


def _text(value: str) -> str:
    # JSON's escapes are TOML's but for lone surrogates, which neither has, and DEL, which TOML asks to be escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
