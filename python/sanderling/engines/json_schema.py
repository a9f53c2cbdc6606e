"""Checks the JSON schemas that answers must follow, and compiles these schemas to grammars.

They are checked before the model is called, and compiled in its worker process. The grammars are llguidance's.
llama.cpp's own converter of schemas lies outside ``libllama``, and its grammar sampler checks each token of a
vocabulary by itself. llguidance works the same over every build, knows more of JSON Schema, names what it does not
know, and bounds the work of each step, whatever the schema says.

Texts are written as Python's ``json.dumps`` writes them, on one line: small models that may choose their white space
write it without end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ..errors import MissingExtra, UsageError

MAX_BYTES = 65_536
"""Maximum length of a schema as JSON, in bytes."""
MAX_DEPTH = 100
"""Maximum nesting depth of a schema. It is slightly below the limit of llguidance's parser."""
_OPTIONS = {
    "item_separator": ", ",
    "key_separator": ": ",
    "whitespace_flexible": False,
    "coerce_one_of": False,
    "lenient": False,
}
_OURS = "x-guidance"
"""Key reserved for llguidance's options, which a schema may not set."""


def checked(schema: Mapping[str, object] | None) -> str:
    """Check that an answer can follow ``schema``, and return the schema as JSON text.

    ``{"type": "object"}`` stands for any JSON object, None for any text, whose schema is empty.

    Raises UsageError for a schema that is no JSON, too large or too deep, that no JSON satisfies, or with a keyword
    that cannot be enforced, which is named; MissingExtra.
    """
    if schema is None:
        return ""
    if not isinstance(schema, Mapping):
        raise UsageError(f"a JSON schema is an object, not {type(schema).__name__}: {{'type': 'object'}} is any object")
    try:
        if _depth(schema) > MAX_DEPTH:
            raise UsageError(f"this JSON schema is nested deeper than {MAX_DEPTH} levels: flatten it, or use $ref")
        text = json.dumps({key: value for key, value in schema.items() if key != _OURS}, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"this JSON schema cannot be written as JSON: {error}") from error
    if len(text) > MAX_BYTES:
        raise UsageError(f"this JSON schema has {len(text):,} bytes, more than {MAX_BYTES:,}: shorten it")
    found = matcher(_bytes_as_tokens(), text)
    if not found.is_error():
        # What never ends is found by its first step, or by the text that it begins with.
        found.compute_bitmask()
        found.consume_tokens(found.compute_ff_tokens())
    if found.is_error():
        raise UsageError(f"this JSON schema cannot be followed: {_in_words(found.get_error())}")
    return text


def matcher(tokenizer: Any, schema: str) -> Any:
    """Return an ``LLMatcher`` for a JSON ``schema``.

    It is in its error state if llguidance refuses the schema. ``tokenizer``: an ``LLTokenizer``. Raises MissingExtra.
    """
    guidance = library()
    grammar = guidance.LLMatcher.grammar_from_json_schema(schema, overrides=_OPTIONS)
    limits = guidance.LLParserLimits(verbose_errors=False)
    return guidance.LLMatcher(tokenizer, grammar, log_level=0, limits=limits)


def library() -> Any:
    """Import and return llguidance. Raises MissingExtra."""
    try:
        import llguidance
    except ImportError as error:
        raise MissingExtra("an answer that follows a JSON schema", "json") from error
    return llguidance


def tokenizer(pieces: list[bytes], ends: list[int], spell: Callable[[bytes], list[int]]) -> Any:
    """Return an ``LLTokenizer`` for a model's vocabulary.

    Raises MissingExtra. ``pieces``: the bytes of each token, empty for those that may not be drawn. ``ends``: ids of
    the tokens that end a text. ``spell``: returns the ids of some bytes.
    """
    guidance = library()
    wrapped = guidance.TokenizerWrapper(_Vocabulary(pieces, ends, spell))
    return guidance.LLTokenizer(wrapped, n_vocab=len(pieces), eos_token=ends, slices=guidance.LLTokenizer.json_slices())


class _Vocabulary:
    """A vocabulary in the form that ``TokenizerWrapper`` reads."""

    def __init__(self, pieces: list[bytes], ends: list[int], spell: Callable[[bytes], list[int]]) -> None:
        last = set(ends)
        # 0xff begins no UTF-8 text, and marks a token that stands for none.
        self.tokens = [b"\xff%d" % at if at in last else piece for at, piece in enumerate(pieces)]
        self.eos_token_id, self.bos_token_id = ends[0], None
        self._spell = spell

    def __call__(self, text: bytes) -> list[int]:
        return self._spell(text)


@cache
def _bytes_as_tokens() -> Any:
    return tokenizer([bytes([byte]) for byte in range(256)] + [b""], [256], list)


def _depth(value: object) -> int:
    """Return the nesting depth of ``value``, or ``MAX_DEPTH + 1`` if it is deeper."""
    depth, layer = 0, [value]
    while layer and depth <= MAX_DEPTH:
        depth += 1
        inside = [each for each in layer if isinstance(each, (Mapping, list, tuple))]
        layer = [part for each in inside for part in (each.values() if isinstance(each, Mapping) else each)]
        if len(layer) > MAX_BYTES:
            raise UsageError(f"this JSON schema has more than {MAX_BYTES:,} parts: shorten it")
    return depth


def _in_words(error: str) -> str:
    """Return llguidance's reason for refusing a schema, in one line."""
    if error.startswith("oneOf"):
        return "the choices of a oneOf overlap; say anyOf instead"
    if error.startswith("NoExtension") or "Too many items" in error:
        return "no finite JSON satisfies it"
    lines = [line.strip(" ^") for line in error.splitlines()]
    reason = "; ".join(line for line in lines if line)
    return reason.replace("Unimplemented keys:", "these keywords cannot be enforced:")[:300]
