from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.memory.link.entities import entities, in_any_letters


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Then Jan Kowalski left the Port of Spain.", {"then jan kowalski", "port of spain"}),
        ("In the North Station Log, Ice Core 7", {"north station log", "ice core"}),
        ("After Émile Zola and J. R. Tolkien Street", {"émile zola and j. r. tolkien street"}),
        ("The Station. Kowalski, Otter; an iPhone", set()),
        ("The They Were", set()),
        ("łódź Łódź Kaliska", {"łódź kaliska"}),
        ("", set()),
    ],
)
def test_runs_of_capitalised_words_are_names(text, names):
    assert entities(text) == names


def test_a_text_of_capitals_is_read_in_reasonable_time():
    # Quadratic matching would run into the test's timeout.
    assert entities("Aa of the " * 100_000 + "X. " * 100_000)


PIECES = ["The", "Otter", "of", "the", "Łódź", "Émile", "öl", "ß", "J.", "Оттер", "ёж", "A-B", "O\u2019Neil", "x_Y"]
MARKS = [*" \n-'_1²İǄ水\u2013\u2026\xa0", " ", "  ", ", ", ". ", "e\u0301"]


@given(st.lists(st.sampled_from(PIECES) | st.sampled_from(MARKS) | st.characters(max_codepoint=0x52F)))
def test_the_core_finds_what_is_found_in_any_letters(parts):
    text = "".join(parts)
    assert entities(text) == in_any_letters(text)


def test_each_letter_is_the_same_to_the_core():
    for letter in map(chr, range(0x2100)):
        for text in (f"A{letter} Otter", f"Ab {letter}b Otter", f"Ab{letter}Otter Quay", f"Ab Cd{letter} Quay"):
            assert entities(text) == in_any_letters(text), (text, hex(ord(letter)))
