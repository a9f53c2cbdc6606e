from __future__ import annotations

import pytest

from sanderling.text.table import cells, is_row, tables, written

ROOMS = "| Room | Beds |\n|-|-|\n| Attic | 2 |\n| Cellar | 4 |"


def test_a_table_is_written_with_its_cells_divided():
    assert written([["Attic", "2"], ["Cellar", " 4\n"]], ["Room", "Beds"]) == ROOMS
    assert written([["Attic", ""], ["", " "], ["a|b", "c\n d"]]) == "| Attic |  |\n| a\\|b | c d |"
    assert written([], ["", ""]) == ""


def test_what_is_written_is_found_again():
    (table,) = tables(f"before\n\n{ROOMS}\n\nafter")
    text = f"before\n\n{ROOMS}\n\nafter"
    assert text[table.start : table.end] == ROOMS
    assert [cells(text[start:end]) for start, end in table.rows] == [["Attic", "2"], ["Cellar", "4"]]
    assert table.header == "| Room | Beds |\n|-|-|"


@pytest.mark.parametrize(
    ("text", "header", "rows"),
    [
        ("a | b\n--- | ---\n1 | 2", "| a | b |", 1),
        ("|a|b|\n|:-|-:|\n|1|2|\n|3|\n\n| no row |", "| a | b |", 2),
        ("> [!note]\n> | a | b |\n> |---|:---:|\n> | 1 | 2 |", "| a | b |", 1),
        ("- x\n\n  | [[f\\|g]] | b |\n  |---|---|\n  | 1 | 2 |", "| [[f\\|g]] | b |", 1),
        ("text | with\n| a |\n|-|\n| 1 |", "| a |", 1),
    ],
)
def test_a_table_as_people_write_it(text, header, rows):
    (table,) = tables(text)
    assert table.header.splitlines()[0] == header
    assert len(table.rows) == rows


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Setext\n---\ntext",
        "a | b\ntext\n",
        "| a | b |\n|---|\n| 1 | 2 |",
        "|-|-|\n| 1 | 2 |",
        "| a |\n|-|\n\n| 1 |",
    ],
)
def test_what_is_no_table(text):
    assert tables(text) == []


def test_rows():
    assert is_row("| a") and is_row("a | b") and is_row("> | a | b")
    assert not is_row("a |b") and not is_row("text")
