"""Files of pandoc and Sphinx, a text as docutils' users write it, and what would read other files."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.memory.read.read import read
from sanderling.memory.read.restructured.restructured import read_rst

FILES = Path(__file__).parent / "files"

WRITTEN = """\
.. comment
   that goes on
.. _top:

##########
Kiln notes
##########
:Author: Ada Lind
:Date: 2024-03-05
:Tags: pottery, workshop

Firing
******
See `the supplier`_, :ref:`the glazes <glazes>` and ``heat()``::

    # no heading
    heat(1050)

.. warning:: Never open
   above 200 degrees.

.. figure:: kiln.png
   :alt: The kiln from the left

   The kiln.

+---------+------+
| Glaze   | Cone |
+=========+======+
| Celadon | 10   |
|         | or 9 |
+---------+------+
| Tenmoku | 9    |
+---------+------+

.. list-table:: Cones
   :header-rows: 1

   * - Cone
     - Degrees
   * - 10
     - 1305

.. csv-table::
   :header: "Shelf", "Width, cm"

   "Top", 40

.. _the supplier: https://supplier.example/cones
.. |sub| replace:: x
"""


def test_a_file_of_pandoc():
    (document,) = read(FILES / "pandoc.rst", lambda uri: None)
    assert (document.title, document.markdown) == ("The Kiln Book", True)
    assert document.metadata.timestamp == "2024-03-05T00:00:00+00:00"
    assert [name.text for _, name in document.names if name.heading] == ["Firing", "Glazes", "Repairs"]
    assert "\n| Glaze | Cone | Colour |\n|-|-|-|\n| Celadon | 10 | pale green |\n" in document.text
    assert "\n```python\n# not a heading\nheat(1050)\n```\n" in document.text
    ((at, link),) = document.links
    assert (link, document.text[at:][:12]) == ("https://supplier.example/cones", "the supplier")


def test_a_file_of_sphinx():
    (document,) = read(FILES / "sphinx.rst", lambda uri: None)
    assert document.title == "The Kiln Book documentation"
    assert "sphinx-quickstart" not in document.text
    assert "Add your content using `reStructuredText` syntax." in " ".join(document.text.split())


def test_a_text_as_people_write_it():
    content = read_rst(WRITTEN)
    assert content.title == "Kiln notes"
    assert (content.metadata.timestamp, content.metadata.tags) == ("2024-03-05T00:00:00+00:00", ("pottery", "workshop"))
    assert [heading for _, heading in content.headings] == ["Kiln notes", "Firing"]
    assert (
        "## Firing\n\nSee the supplier, the glazes and `heat()`:\n\n```\n# no heading\nheat(1050)\n```" in content.text
    )
    assert "Warning: Never open\nabove 200 degrees." in content.text
    assert "The kiln from the left\n\nThe kiln." in content.text
    assert "| Glaze | Cone |\n|-|-|\n| Celadon | 10 or 9 |\n| Tenmoku | 9 |" in content.text
    assert "Cones\n\n| Cone | Degrees |\n|-|-|\n| 10 | 1305 |" in content.text
    assert "| Shelf | Width, cm |\n|-|-|\n| Top | 40 |" in content.text
    assert "comment" not in content.text
    ((at, link),) = content.links
    assert (link, content.text[at:][:12]) == ("https://supplier.example/cones", "the supplier")


@pytest.mark.parametrize(
    "text",
    [
        "a\n\n.. include:: {path}\n",
        "a\n\n.. literalinclude:: {path}\n",
        "a\n\n.. csv-table:: x\n   :file: {path}\n",
        "a\n\n.. raw:: html\n   :file: {path}\n",
    ],
)
def test_no_other_file_is_read_and_that_is_said(tmp_path, text):
    path = tmp_path / "secret.txt"
    path.write_text("secret words", encoding="utf-8")
    content = read_rst(text.format(path=path))
    assert "secret words" not in content.text
    assert content.warnings == (f"it includes {path}, which is not read with it",)


def test_pages_of_a_toctree_are_links():
    content = read_rst("a\n\n.. toctree::\n   :maxdepth: 2\n\n   intro\n   Glazes <parts/glazes>\n")
    assert [link for _, link in content.links] == ["intro.rst", "parts/glazes.rst"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("AB\n==\n", "# AB"),
        ("Title\n==\n", "Title\n=="),
        ("====\nA\n====\nB\n====\n", "# A\n\n## B"),
        ("a\n\n----\n\nb", "a\n\n----\n\nb"),
        ("..\n\n   quoted", "   quoted"),
        ("==  ==\na   b\n==  ==\n1   2\n    3\n==  ==\nx", "| a | b |\n|-|-|\n| 1 | 2 3 |\n\nx"),
        ("a::\n\nb", "a:\n\nb"),
        ("`a`_ :doc:`b` `c <https://d.example>`_ `", "a b c `"),
        (".. [1] A note\n   goes on.", "[1] A note goes on."),
        (".. unknown:: word\n   :option: x\n\n   inside", "Unknown: word\n\ninside"),
    ],
)
def test_what_its_parts_are_read_as(text, read):
    assert read_rst(text).text.strip("\n") == read


@pytest.mark.parametrize(
    "text", ["+-", "+-+", "== ==", "..", ".. a::", "::", "`", "``", ":a:", "=", ".. _a: b", "|", ""]
)
def test_hostile_pieces_do_no_harm(text):
    read_rst(text)
    read_rst(f"{text}\n" * 100)
