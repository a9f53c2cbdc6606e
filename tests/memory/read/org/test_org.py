"""Org files of pandoc, org-roam and Orgzly, and what Org's parts mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.memory.read.org.org import read_org
from sanderling.memory.read.read import read

FILES = Path(__file__).parent / "files"

ROAM = """\
:PROPERTIES:
:ID:       20f7bd2c-5c0f-4b1d-9c3a-1f0a2f5a8d11
:ROAM_ALIASES: "The Big Kiln" Ofen
:CREATED:  [2024-03-05 Tue 9:30]
:END:
#+title: Kiln
#+filetags: :pottery:workshop:
See [[id:ab12][Glazes]] and [[file:notes/cones.org::*Cone 10][cones]].
* Repairs
:LOGBOOK:
CLOCK: [2024-03-05 Tue 10:00]--[2024-03-05 Tue 11:00] =>  1:00
:END:
"""

ORGZLY = """\
* TODO [#A] Replace the *burner* valve  :urgent:kiln:
SCHEDULED: <2024-03-05 Tue>
:PROPERTIES:
:CREATED:  [2024-03-01 Fri 10:00]
:END:

Ask Bo Ek.
* DONE Order cones
CLOSED: [2024-03-02 Sat 10:00]
"""


def test_a_file_of_pandoc():
    (document,) = read(FILES / "pandoc.org", lambda uri: None)
    assert (document.title, document.markdown) == ("The Kiln Book", True)
    assert document.metadata.timestamp == "2024-03-05T00:00:00+00:00"
    assert [name.text for _, name in document.names if name.heading] == ["Firing", "Glazes", "Repairs"]
    assert "\n| Glaze | Cone | Colour |\n|-|-|-|\n| Celadon | 10 | pale green |\n" in document.text
    assert "\n> Never open above 200 degrees.\n" in document.text
    assert "\n```python\n# not a heading\nheat(1050)\n```\n" in document.text
    assert "CUSTOM_ID" not in document.text
    ((at, link),) = document.links
    assert (link, document.text[at:][:12]) == ("https://supplier.example/cones", "the supplier")


def test_a_node_of_org_roam():
    content = read_org(ROAM)
    assert (content.title, content.aliases) == ("Kiln", ("The Big Kiln", "Ofen"))
    assert content.metadata.tags == ("pottery", "workshop")
    assert content.metadata.timestamp == "2024-03-05T09:30:00+00:00"
    assert content.text.strip() == "See Glazes and cones.\n\n# Repairs"
    ((at, link),) = content.links
    assert (link, content.text[at:][:5]) == ("notes/cones.org", "cones")


def test_a_notebook_of_orgzly():
    content = read_org(ORGZLY)
    assert [heading for _, heading in content.headings] == ["Replace the *burner* valve", "Order cones"]
    assert content.text.startswith(
        "# TODO [#A] Replace the *burner* valve\n\nSCHEDULED: <2024-03-05 Tue>\n\nAsk Bo Ek."
    )
    assert content.metadata.tags == ("urgent", "kiln")
    assert content.metadata.timestamp == ""  # that of one task is not the file's


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("** a\n*bold* is none\n*\n", "## a\n\n*bold* is none\n*"),
        ("#+begin_src\n* no heading\n,* none either\n#+end_src\n* a", "```\n* no heading\n* none either\n```\n\n# a"),
        ("#+BEGIN_EXAMPLE\nx\n\n\ny\n#+END_EXAMPLE", "```\nx\n\n\ny\n```"),
        ("#+begin_src\n* a heading where no block ends", "# a heading where no block ends"),
        ("# a comment\n: fixed\n#+OPTIONS: toc:nil", "a comment\nfixed"),
        ("[[*Firing]] [[#firing][there]] [[x.png]] [[", "Firing there x.png [["),
        ("| a | b |\n| 1 | 2 |\n#+TBLFM: $1=2", "| a | b |\n| 1 | 2 |"),
        ("|---|\n| a | b |\n|---|\n| 1 |", "| a | b |\n| 1 |  |"),
        ("a\n\n\n\nb", "a\n\nb"),
    ],
)
def test_what_its_parts_are_read_as(text, read):
    assert read_org(text).text.strip() == read


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("<2024-03-05 Tue>", "2024-03-05T00:00:00+00:00"),
        ("[2024-03-05]", "2024-03-05T00:00:00+00:00"),
        ("<2024-03-05 Tue 9:30-11:00>", "2024-03-05T09:30:00+00:00"),
        ("2024-03-05", "2024-03-05T00:00:00+00:00"),
    ],
)
def test_dates(written, date):
    assert read_org(f"#+DATE: {written}\nx").metadata.timestamp == date


@pytest.mark.parametrize("text", ["#+", "#+begin_", ":properties:", "[[", "* ", "|", "|-", "#+begin_src\n", "*" * 9999])
def test_hostile_pieces_do_no_harm(text):
    read_org(text)
    read_org(f"{text}\n" * 100)
