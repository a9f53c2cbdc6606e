from __future__ import annotations

from sanderling.memory.read.office.outline import Outline, Paragraph
from sanderling.records import NodeMetadata


def paragraph(text, link=""):
    made = Paragraph()
    before, _, after = text.partition("@")
    made.add(before)
    if link:
        made.link(link)
    made.add(after)
    return made


def test_parts_and_where_they_stand():
    outline = Outline()
    outline.heading(9, paragraph(" The\nEnd "))
    outline.paragraph(paragraph("  see @this ", "https://a.example"))
    outline.paragraph(paragraph("one"), "-")
    outline.paragraph(paragraph("two\nlines @x", "https://b.example"), "2.", 1)
    outline.code(paragraph("# a"))
    outline.code(paragraph("b"))
    outline.paragraph(paragraph(""))
    outline.table([["A", "B"], ["1|2", "3", "4"], ["", ""]])
    outline.table([["alone"]])
    outline.table([["a", "b"]])
    content = outline.content("T", NodeMetadata())
    assert content.text == (
        "###### The End\n\nsee this\n\n- one\n  2. two\n    lines x\n\n```\n# a\nb\n```\n\n"
        "| A | B |  |\n|-|-|-|\n| 1\\|2 | 3 | 4 |\n\nalone\n\n| a | b |"
    )
    assert content.headings == [(0, "The End")]
    assert content.text[content.links[0][0] :].startswith("this")


def test_code_at_the_end_is_closed():
    outline = Outline()
    outline.code(paragraph("a"))
    assert outline.content("", NodeMetadata()).text == "```\na\n```"
