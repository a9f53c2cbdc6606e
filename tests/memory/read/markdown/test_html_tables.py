from __future__ import annotations

import pytest

from sanderling.memory.read.markdown.html_tables import with_tables
from sanderling.memory.read.markdown.markdown import read_markdown
from sanderling.text.table import tables


def written(text):
    return with_tables(text, 0, lambda _: False)


@pytest.mark.parametrize(
    ("html", "rows"),
    [
        (
            "<table>\n<thead><tr><th>Part</th><th>Shelf</th></tr></thead>\n"
            "<tr><td>Gland</td><td>B7</td></tr>\n\n<tr><td>Seal</td><td>C2</td></tr></table>",
            ["| Gland | B7 |", "| Seal | C2 |"],
        ),
        (
            '<TABLE class="x"><tr><th>Part<th>Where<tr><td><a id="l" href="gland.md">Gland</a><td>B7<br>left</TABLE>',
            ["| [Gland](gland.md) | B7 left |"],
        ),
    ],
)
def test_rows_with_a_header(html, rows):
    text = written(f"# Store\n\nBefore:\n{html}\nAfter")
    (table,) = tables(text)
    assert [text[start:end] for start, end in table.rows] == rows
    assert "<t" not in text.lower()
    assert text.startswith("# Store\n\nBefore:")
    assert text.endswith("\nAfter")


@pytest.mark.parametrize(
    "text",
    [
        "# A\n\nno table",
        "<table><tr><td><img src=logo.png></td></tr></table> places a picture",
        "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr> is never closed",
        "</table> <tables><tr><th>a</th></tr></tables>",
        "> <table>\n> <tr><th>A</th><th>B</th></tr>\n> <tr><td>1</td><td>2</td></tr>\n> </table>",
    ],
)
def test_other_texts_stay_as_they_are(text):
    assert written(text) is text


def test_code_stays_and_links_in_cells_are_read():
    table = "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>[[Pump]]</td></tr></table>"
    content = read_markdown(f"# A\n\n```html\n{table}\n```\n\n{table}\n\n## Part\n")
    assert content.text.count("<table>") == 1
    assert [link for _, link in content.links] == ["[[Pump]]"]
    assert [content.text[at : at + 7] for at, _ in content.headings] == ["# A\n\n``", "## Part"]
