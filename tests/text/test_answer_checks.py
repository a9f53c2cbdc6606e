from __future__ import annotations

import pytest

from sanderling.text import answer_checks as saying


@pytest.mark.parametrize(
    ("text", "declined"),
    [
        ("not found", True),
        ("Not found.", True),
        ("", True),
        ("I do not know.", True),
        ("He found nothing wrong", False),
    ],
)
def test_what_the_system_prompt_asks_to_say_counts_as_declining(text: str, declined: bool) -> None:
    assert saying.declined(text) is declined


def test_overlap_is_of_words_without_articles_and_punctuation() -> None:
    assert saying.overlap("The pump, by Ada.", ["Ada keeps a pump"]) == pytest.approx(2 / 3)
    assert saying.overlap("", ["anything"]) == 0.0
    assert saying.overlap("anything", []) == 0.0
