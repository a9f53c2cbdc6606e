from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.near_duplicates import adds_nothing, fingerprint

LONG = (
    "In the long winter Ada Plum mended the feed pump of the station, which leaks on Mondays, with a piece of a boat."
)


def copies(one: str, other: str) -> bool:
    return adds_nothing(fingerprint(one), fingerprint(other))


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (LONG, LONG.upper().replace(" ", "  "), True),
        ("Ada Plum mended the feed pump", LONG, True),
        (LONG, "Ada Plum mended the feed pump", False),
        (LONG.replace(", which leaks on Mondays,", " which leaks on Mondays"), LONG, True),
        (LONG.replace("Mondays", "Tuesdays"), LONG, False),
        (LONG, LONG.replace("Mondays", "Tuesdays"), False),
        (LONG.replace("mended", "never mended"), LONG, False),
        # The other tells more, but not the opposite.
        (LONG, LONG.replace("mended", "never mended"), False),
        ("pump station boat winter", LONG, False),
        ("", LONG, True),
    ],
)
def test_by_example(one, other, said):
    assert copies(one, other) == said


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_text_is_its_own_copy_and_that_of_a_text_that_holds_it(one, more):
    assert copies(one, one)
    assert copies(one, f"{one} {more}")


@given(st.lists(st.sampled_from(["a", "b", "c", "not", "1987", "1988"]), max_size=12), st.integers(0, 11))
def test_no_word_is_lost(words, at):
    one, other = " ".join([*words, "1989"]), " ".join(words)
    assert not copies(one, other)
    assert copies(other, one)
