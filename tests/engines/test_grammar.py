"""What is drawn under a schema is JSON that satisfies it, by another's validator."""

from __future__ import annotations

import json
from collections.abc import Callable

import jsonschema
import numpy as np
import pytest
from drawn_schemas import END, byte_grammar, drawn, schemas
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from sanderling.engines import grammar
from sanderling.engines.grammar import Grammar, Grammars
from sanderling.engines.json_schema import checked
from sanderling.errors import EngineError, UsageError

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 4}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


def allowed(row: np.ndarray) -> set[int]:
    return {int(each) for each in np.flatnonzero(np.isfinite(row))}


def flat() -> np.ndarray:
    return np.zeros(END + 1, np.float32)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(schemas(), st.integers(0, 2**32))
def test_what_is_drawn_satisfies_the_schema(schema: dict, seed: int) -> None:
    text = drawn(byte_grammar(checked(schema)), seed)
    event("complete" if text is not None else "too long")
    if text is not None:
        jsonschema.Draft202012Validator(schema).validate(json.loads(text))


def test_the_validator_would_object() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(PERSON).validate({"name": "Ada", "age": -1})


def test_only_what_may_come_next_is_allowed() -> None:
    place = byte_grammar(checked(PERSON))
    assert allowed(place.restrict(flat())) == {ord("{")}
    for byte in b'{"name": "Ada':
        place.take(byte)
    assert ord('"') in allowed(place.restrict(flat()))
    assert END not in allowed(place.restrict(flat()))
    for byte in b'", "age": 3':
        place.take(byte)
    assert allowed(place.restrict(flat())) == {*b"0123456789}"}
    assert not place.ended
    place.take(ord("}"))
    assert place.ended


def test_the_order_of_what_is_allowed_is_the_models() -> None:
    place = byte_grammar(checked({"enum": [1, 2, 3]}))
    wishes = flat()
    wishes[ord("2")], wishes[ord("x")] = 1.0, 9.0
    row = place.restrict(wishes)
    assert int(row.argmax()) == ord("2")
    assert wishes[ord("x")] == 9.0, "the model's row is kept"


def test_the_end_may_come_where_the_text_is_complete_but_could_go_on() -> None:
    place = byte_grammar(checked({"type": "integer"}))
    assert END not in allowed(place.restrict(flat()))
    place.take(ord("7"))
    assert not place.ended
    assert END in allowed(place.restrict(flat()))


def test_a_token_that_is_not_allowed_is_an_error() -> None:
    place = byte_grammar(checked(PERSON))
    with pytest.raises(EngineError, match="JSON schema"):
        place.take(ord("x"))


PIECES = [b'{"', b"name", b'":', b' "', b"Ada", b'"', b"}", b"", b"{", b'"}', b"\xc3", b"\xb6", b" ", b":"]


def of_pieces(schema: dict, tokenize: Callable[[str], list[int]]) -> Grammar:
    return Grammars(lambda: (PIECES, [7]), tokenize).grammar(checked(schema))


@pytest.mark.parametrize("own", [[], [12, 0, 1, 2], [4]], ids=["none", "with a space before it", "of another text"])
def test_tokens_of_several_bytes_whatever_the_tokenizer_says(own: list[int]) -> None:
    place = of_pieces({**PERSON, "required": ["name"]}, lambda text: own)
    row = np.zeros(len(PIECES), np.float32)
    assert allowed(place.restrict(row)) == {0}, "the longest token that spells what must come"
    for token in (0, 1, 2, 3, 10):
        assert token in allowed(place.restrict(row))
        place.take(token)
    assert allowed(place.restrict(row)) == {11}, "half a character is completed"
    place.take(11)
    assert 7 not in allowed(place.restrict(row))
    for token in (9,):
        assert token in allowed(place.restrict(row))
        place.take(token)
    assert place.ended


def test_a_text_that_the_vocabulary_cannot_spell_is_an_error() -> None:
    with pytest.raises(EngineError, match="no token"):
        of_pieces({"const": "x"}, lambda text: []).restrict(np.zeros(len(PIECES), np.float32))


def test_each_text_begins_anew_and_the_vocabulary_is_read_once() -> None:
    reads: list[int] = []

    def pieces() -> tuple[list[bytes], list[int]]:
        reads.append(1)
        return [bytes([byte]) for byte in range(256)] + [b""], [END]

    grammars, schema = Grammars(pieces, lambda text: list(text.encode())), checked(PERSON)
    first = grammars.grammar(schema)
    first.take(ord("{"))
    assert allowed(grammars.grammar(schema).restrict(flat())) == {ord("{")}
    for at in range(2 * grammar.MOST_KNOWN):
        grammars.grammar(checked({"const": at}))
    assert len(grammars._known) == grammar.MOST_KNOWN
    assert reads == [1]


def test_a_refused_schema_raises_where_it_is_compiled() -> None:
    with pytest.raises(UsageError, match="not"):
        checked({"not": {}})
    with pytest.raises(EngineError, match="not"):
        byte_grammar('{"not": {}}')
