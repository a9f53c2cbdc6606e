from __future__ import annotations

import pytest

from sanderling.text import answer_checks as saying


def test_overlap_is_of_words_without_articles_and_punctuation() -> None:
    assert saying.overlap("The pump, by Ada.", ["Ada keeps a pump"]) == pytest.approx(2 / 3)
    assert saying.overlap("", ["anything"]) == 0.0
    assert saying.overlap("anything", []) == 0.0
