"""JSON schemas drawn at random from the keywords that answers can be made to follow, and texts drawn under them."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sanderling.engines.grammar import Grammar, Grammars

END = 256
_NAMES = st.sampled_from(["a", "name", "größe", 'quo"te', "b c", "$ref", "const", "日本"])
_TEXTS = st.text(max_size=6)
_PATTERNS = st.sampled_from(["^[a-z]{1,4}$", "^(ab|cd)+$", r"^\d{3}-\d{2}$", "x", "^.{0,3}$", "^(a+)+$"])
_FORMATS = st.sampled_from(["date", "time", "date-time", "uuid", "ipv4"])
_SCALARS = st.none() | st.booleans() | st.integers(-1000, 1000) | _TEXTS


def _numbers(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    bounds = st.integers(-1000, 1000)
    within = st.tuples(bounds, st.integers(1, 500)).map(lambda pair: {"minimum": pair[0], "maximum": sum(pair)})
    above = bounds.map(lambda low: {"exclusiveMinimum": low})
    return (st.just({}) | within | above).map(lambda limits: {"type": kind, **limits})


def _strings() -> st.SearchStrategy[dict[str, Any]]:
    lengths = st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda ab: {"minLength": ab[0], "maxLength": sum(ab)})
    patterns = _PATTERNS.map(lambda pattern: {"pattern": pattern})
    formats = _FORMATS.map(lambda name: {"format": name})
    return (st.just({}) | lengths | patterns | formats).map(lambda limits: {"type": "string", **limits})


def _objects(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def made(properties: dict[str, Any], required: list[bool], more: Any) -> dict[str, Any]:
        needed = [name for name, wanted in zip(properties, required, strict=False) if wanted]
        return {"type": "object", "properties": properties, "required": needed, "additionalProperties": more}

    properties = st.dictionaries(_NAMES, inner, max_size=4)
    return st.builds(made, properties, st.lists(st.booleans(), min_size=4, max_size=4), st.booleans() | inner)


def _arrays(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    lengths = st.tuples(st.integers(0, 2), st.integers(0, 3))
    lists = st.tuples(inner, lengths).map(
        lambda of: {"type": "array", "items": of[0], "minItems": of[1][0], "maxItems": sum(of[1])}
    )
    tuples = st.lists(inner, min_size=1, max_size=3).map(
        lambda of: {"type": "array", "prefixItems": of, "items": False, "minItems": len(of)}
    )
    return lists | tuples


def schemas() -> st.SearchStrategy[dict[str, Any]]:
    """Draw schemas that some finite JSON satisfies."""
    leaves = (
        st.just({"type": "null"})
        | st.just({"type": "boolean"})
        | _numbers("integer")
        | _numbers("number")
        | _strings()
        | _SCALARS.map(lambda value: {"const": value})
        | st.lists(_SCALARS, min_size=1, max_size=4).map(lambda values: {"enum": values})
        | st.just({"type": ["integer", "null"]})
        | st.just({})
        | st.just({"$ref": "#/$defs/node"})
    )
    inner = st.recursive(
        leaves,
        lambda of: _objects(of) | _arrays(of) | st.lists(of, min_size=1, max_size=3).map(lambda any: {"anyOf": any}),
        max_leaves=6,
    )
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "n": {"type": "integer"}}}
    return inner.map(lambda schema: {**schema, "$defs": {"node": {**node, "additionalProperties": False}}})


def byte_grammar(schema: str) -> Grammar:
    """Return the grammar of a checked ``schema`` over a vocabulary of all bytes and an end token."""
    pieces = [bytes([byte]) for byte in range(256)] + [b""]
    return Grammars(lambda: (pieces, [END]), lambda text: list(text.encode())).grammar(schema)


def drawn(grammar: Grammar, seed: int, most: int = 3000) -> str | None:
    """Draw one allowed byte after the other; return the text, or None if it is not complete after ``most``."""
    random, said = Random(seed), bytearray()
    while not grammar.ended:
        allowed = np.flatnonzero(np.isfinite(grammar.restrict(np.zeros(257, np.float32))))
        assert len(allowed)
        closing = [each for each in (END, *b'"}]') if each in allowed]
        token = random.choice(closing) if closing and random.random() < 0.5 else int(random.choice(allowed))
        if token == END:
            break
        grammar.take(token)
        said.append(token)
        if len(said) > most:
            return None
    return said.decode()
