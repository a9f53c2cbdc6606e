from __future__ import annotations

import pytest

from sanderling.memory.link.entities import entities


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
