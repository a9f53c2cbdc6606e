"""Ids that a spelling gives spell the text, whatever the model's tokenizer does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanderling.engines.spelling import Spelling

PIECES = [bytes([byte]) for byte in range(256)] + [b"ab", b"abc", b"", b" a", "é".encode()]


def joined(ids: list[int]) -> bytes:
    return b"".join(PIECES[each] for each in ids)


@given(st.text(), st.lists(st.integers(0, len(PIECES) - 1), max_size=4))
def test_any_text_is_spelt(text: str, said: list[int]) -> None:
    spelling = Spelling(PIECES, lambda _: said)
    assert joined(spelling(text)) == text.encode()
    assert spelling(text.encode()) == spelling(text)
    assert not spelling.missing


def test_the_models_own_ids_are_preferred() -> None:
    assert Spelling(PIECES, lambda text: [*text.encode()])("abc") == [97, 98, 99]
    assert Spelling(PIECES, lambda text: [])("abcab") == [257, 256]


def test_what_cannot_be_spelt_is_told() -> None:
    spelling = Spelling([b"a", b""], lambda text: [])
    assert spelling("aa") == [0, 0]
    assert spelling("ax") == []
    assert spelling("b") == []
    assert spelling.missing == "ax"
