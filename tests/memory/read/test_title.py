from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.memory.read.document import Content
from sanderling.memory.read.naming import names_of
from sanderling.memory.read.title import is_nobodys, title_of

ROOT = Path("/vault/notes")


def title(stem: str, content: Content) -> str:
    return title_of(content, names_of(ROOT / stem, ROOT))


def markdown(text: str) -> Content:
    """What a reader returns that takes the first heading for the title."""
    at = text.index("#")
    heading = text[at:].partition("\n")[0].strip("# ")
    return Content(title=heading, text=text, headings=[(at, heading)])


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("2024-03-05.md", "## Tasks\n- bank", "2024-03-05"),
        ("boat.md", "intro\n\n## Log\nText", "boat"),
        ("yard-care.md", "# Overview\nFeed in April.", "Overview"),
        ("2024-03-05.md", "# A day in March\nText", "A day in March"),
        ("meeting.md", "### Meeting of the board", "Meeting of the board"),
        ("Untitled.md", "## Pruning roses", "Pruning roses"),
        ("17.md", "## Pruning roses", "Pruning roses"),
        ("plan.md", "# Untitled\nText", "plan"),
        ("plan.md", "# !\nText", "plan"),
        ("config.md", "# config.txt\nText", "config.txt"),
        ("2024/03/05.md", "## Tasks\n- bank", "2024-03-05"),
        ("Roof jobs 0f1e2d3c4b5a69788796a5b4c3d2e1f0.md", "### Open\n- tiles", "Roof jobs"),
        ("05.03.2024.md", "## Tasks\n- bank", "05.03.2024"),
    ],
)
def test_of_markdown(file: str, text: str, expected: str) -> None:
    assert title(file, markdown(text)) == expected


def test_a_heading_underlined_with_hyphens_is_of_the_second_level() -> None:
    text = "Tasks\n-----\nbank\n"
    assert title("2024-03-05.md", Content(title="Tasks", text=text, headings=[(0, "Tasks")])) == "2024-03-05"
    text = "<h2>Tasks</h2>\nbank\n"
    assert title("2024-03-05.md", Content(title="Tasks", text=text, headings=[(0, "Tasks")])) == "2024-03-05"
    text = "Tasks\n=====\nbank\n"
    assert title("2024-03-05.md", Content(title="Tasks", text=text, headings=[(0, "Tasks")])) == "Tasks"


@pytest.mark.parametrize(
    "stated",
    [
        "",
        " ",
        "untitled",
        "Untitled",
        "Untitled 2",
        "Untitled-1",
        "Untitled document",
        "New Microsoft Word Document",
        "Neues Microsoft Word-Dokument (2)",
        "Dokument ohne Titel",
        "Bez tytułu",
        "Arbeitsmappe1",
        "CamScanner 03-05-2024 10.30",
        "SKM_C250i24030510300",
        "IMG_20240305_101112",
        "(untitled)",
        "Unbenannt",
        "Ohne Titel",
        "Sans titre 3",
        "Sin título",
        "Dokument1",
        "Document1",
        "Document 12",
        "document",
        "Presentation1",
        "PowerPoint Presentation",
        "PowerPoint-Präsentation",
        "Slide 1",
        "Folie 12",
        "Book1",
        "Sheet 1",
        "Layout 1",
        "Microsoft Word - Dokument1.docx",
        "Microsoft Word - Budget of the boat",
        "Microsoft PowerPoint - talk.pptx",
        "Microsoft Word Document",
        "report_final.docx",
        "flyer.indd",
        "Brochure 2019.qxd",
        "paper.dvi",
        "C:\\Users\\ann\\Desktop\\x.doc",
        "/srv/ann/thesis.tex",
        "https://example.org/a?b=c",
        "about:blank",
        "Scan",
        "Scanned Document",
        "Scanned from a Xerox Multifunction Printer",
        "scan_20240305",
        "IMG_20240305",
        "Adobe Photoshop PDF",
        "Google Docs",
        "New Tab",
        "(anonymous)",
        "unspecified",
        "12345",
        "---",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "无标题",
    ],
)
def test_a_title_that_nobody_wrote_gives_way_to_the_name_of_the_file(stated: str) -> None:
    assert title("sauna-rules.pdf", Content(title=stated, text="No shoes.")) == "sauna-rules"


@pytest.mark.parametrize(
    "stated",
    [
        "Sauna rules",
        "Document management at sea",
        "The Untitled Goose Game",
        "Page",
        "Slide rules of the world",
        "1984",
        "Scanning the sky",
        "Presentation of the budget",
        "Node.js in practice",
        "Book of the dead",
        "今日のメモ",
    ],
)
def test_a_title_that_somebody_wrote_stays(stated: str) -> None:
    if stated == "1984":  # digits alone are no title of a page; a heading may be so
        assert title("orwell.md", markdown("# 1984\nText")) == "orwell"
        return
    assert title("x.pdf", Content(title=stated, text="Text.")) == stated


def test_a_page_whose_title_nobody_wrote_has_its_first_heading() -> None:
    content = Content(title="Untitled Document", text="Sauna rules\nNo shoes.", headings=[(0, "Sauna rules")])
    assert title("page.html", content) == "Sauna rules"


def test_hostile_titles_are_read_in_linear_time_and_are_one_line() -> None:
    assert is_nobodys("\n\x00 \u202e")
    assert "\n" not in title("a.pdf", Content(title="one\ntwo" + "x" * 10_000, text="Text."))
