from __future__ import annotations

import csv

import pytest

from sanderling.memory.read.delimited import dialect_of, has_header, read_delimited
from sanderling.memory.read.read import read
from sanderling.text.table import tables

ROOMS = "| Room | Beds | Price |\n|-|-|-|\n| Attic | 2 | 80,50 |\n| Cellar | 4 | 45,00 |"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Room;Beds;Price\nAttic;2;80,50\nCellar;4;45,00\n", ROOMS),
        ('Room,Beds,Price\nAttic,2,"80,50"\nCellar,4,"45,00"', ROOMS),
        ('"Room"\t"Beds"\t"Price"\r\n"Attic"\t"2"\t"80,50"\r\n"Cellar"\t"4"\t"45,00"\r\n', ROOMS),
        ("Room|Beds|Price\nAttic|2|80,50\nCellar|4|45,00\n", ROOMS),
        ("sep=;\nRoom;Beds;Price\nAttic;2;80,50\nCellar;4;45,00\n", ROOMS),
        ('Room, Beds, Price\nAttic, 2, "80,50"\nCellar, 4, "45,00"\n', ROOMS),
        # As banks write it, padded by a spreadsheet.
        (
            "Bookings of May;;\n\nHouse 7;;\nRoom;Beds;Price\nAttic;2;80,50\nCellar;4;45,00\n;;\n",
            f"Bookings of May\nHouse 7\n\n{ROOMS}",
        ),
        ("Attic;2;80,50\nCellar;4;45,00\n", "| Attic | 2 | 80,50 |\n| Cellar | 4 | 45,00 |"),
        (
            'name,note\nPump,"Says ""no"",\nin two lines | or so"\nFan,-\n',
            '| name | note |\n|-|-|\n| Pump | Says "no", in two lines \\| or so |\n| Fan | - |',
        ),
        (
            'name,note\nPump,"Says \\"no\\", loudly"\nFan,-\n',
            '| name | note |\n|-|-|\n| Pump | Says "no", loudly |\n| Fan | - |',
        ),
        ("Item,2022,2023\nOil,10,12\nGas,7,9\n", "| Item | 2022 | 2023 |\n|-|-|-|\n| Oil | 10 | 12 |\n| Gas | 7 | 9 |"),
        ("a line\nanother\n", "a line\nanother\n"),
        ("", ""),
    ],
)
def test_a_table_as_programs_write_it(text, shown):
    content = read_delimited(text.replace("\r\n", "\n"))
    assert content.text == shown
    assert content.warnings == ()


@pytest.mark.parametrize(
    ("text", "delimiter", "columns"),
    [
        ("a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n", ";", 3),
        ("a\tb\nx, y, z\tq, r, s\nx, y, z\tq, r, s\n", "\t", 2),
        ("Title\n\nname,age\nA,1\nB,2\nC,3\ntotal\n", ",", 2),
        ("2024-01-01 10:00;12;a|b\n2024-01-02 10:00;13;a|c\n", ";", 3),
    ],
)
def test_the_delimiter_is_what_divides_the_lines_alike(text, delimiter, columns):
    found = dialect_of(text)
    assert (found.delimiter, found.columns) == (delimiter, columns)


@pytest.mark.parametrize(
    ("first", "below", "expected"),
    [
        (["Name", "Born"], [["Ada", "1815"], ["Bo", "1820"]], True),
        (["Ada", "1815"], [["Bo", "1820"]], False),
        (["Name", "Town"], [["Ada", "Oslo"], ["Bo", "Rome"]], True),
        (["Ada", "Oslo"], [["Bo", "Oslo"], ["Cy", "Rome"]], False),
        (["Ada", "ada@example.org"], [["Bo", "bo@example.org"]], False),
        (["2024-03-05", "rain"], [["2024-03-06", "sun"]], False),
        (["", "", "x"], [["a", "b", "c"]], False),
        (["Name", "Name"], [["a", "b"]], False),
        (["Name"], [], False),
    ],
)
def test_a_header_is_not_what_stands_below_it(first, below, expected):
    assert has_header(first, below) is expected


@pytest.mark.parametrize(
    "text",
    [
        'a,b\n"x,1\ny,2\nz,3\nq,4\n',
        'a,b\n"x,1\ny,2\nz,3\nq,4\nr,5"\ns,6\n',
    ],
)
def test_a_quote_that_is_never_closed_loses_no_row_and_is_said(text):
    content = read_delimited(text)
    (table,) = tables(content.text)
    assert len(table.rows) == text.count("\n") - 1
    assert content.warnings == ("a quote in it is never closed: quotes are read as ordinary characters",)


def test_a_quote_inside_a_cell_is_a_character():
    assert '| 5" pipe | 3 |' in read_delimited('part,n\n5" pipe,3\n6" pipe,4\n').text
    assert read_delimited('part,n\n"5" pipe,3\n"6" pipe,4\n').warnings == ()


def test_a_long_cell_is_read_and_the_limit_of_the_library_stays():
    limit = csv.field_size_limit()
    text = "a,b\n1," + "x" * (limit + 10) + "\n2,y\n"
    assert len(read_delimited(text).text) > limit
    assert csv.field_size_limit() == limit


def test_files(folder):
    root = folder({"a.csv": "\ufeffRoom;Beds\r\nAttic;2\r\n", "b.tsv": "x\ty, z\n1\t2, 3\n"})
    (one,), (two,) = (list(read(root / name, lambda uri: None)) for name in ("a.csv", "b.tsv"))
    assert (one.text, one.markdown) == ("| Room | Beds |\n|-|-|\n| Attic | 2 |", False)
    assert two.text == "| x | y, z |\n|-|-|\n| 1 | 2, 3 |"
