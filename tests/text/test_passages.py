from __future__ import annotations

from sanderling.text.passages import LONG_ROW, Passage, joined_rows, passages
from sanderling.text.sentences import sentences

TEXT = "Rates. They changed.\n\n| Room | Price |\n|---|---|\n| Attic | 80. Or less |\n| Cellar | 45 |\nAfter it."
HEADER = "| Room | Price |"


def test_rows_come_with_their_header_and_are_not_split():
    assert passages(TEXT) == [
        Passage("Rates.", ""),
        Passage("They changed.", ""),
        Passage("| Attic | 80. Or less |", HEADER),
        Passage("| Cellar | 45 |", HEADER),
        Passage("After it.", ""),
    ]


def test_without_tables_passages_are_sentences():
    text = "One. Two\nthree | four\n"
    assert [passage.text for passage in passages(text)] == sentences(text)


def test_a_row_as_long_as_a_page_is_split():
    found = passages(f"| a | b |\n|-|-|\n| x | {'A sentence. ' * (LONG_ROW // 10)}|")
    assert len(found) > 10
    assert {passage.header for passage in found} == {"| a | b |"}


def test_rows_are_joined_behind_one_header():
    whole = passages(TEXT)
    assert [passage.text for passage in joined_rows(whole)] == [
        "Rates.",
        "They changed.",
        f"{HEADER}\n| Attic | 80. Or less |\n| Cellar | 45 |",
        "After it.",
    ]
    assert [passage.text for passage in joined_rows([whole[3]])] == [f"{HEADER}\n| Cellar | 45 |"]
