from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.clean import MAX_MARKS, MAX_TITLE_CHARS, clean, composed, one_line


@given(st.text(alphabet=st.characters(codec=None), max_size=64))
def test_cleaned_text_can_be_stored_and_is_clean(text):
    cleaned = clean(text)
    cleaned.encode()
    assert "\0" not in cleaned
    assert "\r" not in cleaned
    assert clean(cleaned) == cleaned


def test_clean_composes_and_unifies_lines():
    assert clean("e\u0301\r\nb\rc\ud800") == "é\nb\nc?"


def test_titles_are_one_short_line():
    assert one_line(" a \n b ") == "a b"
    assert len(one_line("x " * 500)) <= MAX_TITLE_CHARS


@given(st.text(alphabet="e\u0301\u0316\u0f73 \u2014x", max_size=30))
def test_ordinary_marks_are_composed_as_ever(text):
    assert composed(text) == unicodedata.normalize("NFC", text)


def test_endless_marks_are_cut_into_runs_that_are_sorted_quickly():
    text = composed("e" + "\u0301\u0316" * 50)
    runs = text.split("\u034f")
    assert max(map(len, runs)) <= MAX_MARKS + 1
    assert sorted(unicodedata.normalize("NFD", text.replace("\u034f", ""))) == sorted("e" + "\u0301\u0316" * 50)
    assert composed("\u2014" * 500) == "\u2014" * 500
