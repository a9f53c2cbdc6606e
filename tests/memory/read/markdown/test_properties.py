from __future__ import annotations

import pytest

from sanderling.memory.read.markdown.properties import properties
from sanderling.memory.read.read import read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "title:: Roof\nalias:: A, B\ntags:: x, [[y]]\n\n- text\n  title:: other",
            {"title": "Roof", "alias": "A, B", "tags": ["x, [[y]]"]},
        ),
        (
            "- title:: Roof\n  created:: [[2024-03-05]]\n- text\n  created:: 2025",
            {"title": "Roof", "created": "[[2024-03-05]]"},
        ),
        (
            "# Head\n\nText.\n\n**Due Date**:: 2024-03-05\n- [ ] task [due:: 2025] (tags:: a)",
            {"due date": "2024-03-05", "tags": ["a"]},
        ),
        ("- a\n  tags:: b\n- c [tag:: [[d e]], f]", {"tags": ["b", "[[d e]], f"]}),
        ("std::vector a::b\nempty::\nx y", {}),
        ("key :: yes\nhttp://a::b", {"key": "yes"}),
    ],
)
def test_properties_as_programs_write_them(text, expected):
    assert properties(text, 0, lambda at: False) == expected


def test_what_programs_keep_for_themselves_is_no_text(folder):
    root = folder(
        {
            "a.md": "- TODO sweep\n  background-color:: red\n  :LOGBOOK:\n  CLOCK: [2024-03-05]\n  :END:\n"
            "- card\n  card-last-score:: 5\n- colour:: green\n"
        }
    )
    (document,) = read(root / "a.md", lambda uri: None)
    assert document.text == "- TODO sweep\n- card\n- colour:: green\n"


def test_code_has_no_properties(folder):
    root = folder({"a.md": "```\ntags:: no\n```\n`[tags:: no]`\n\ntags:: yes\n"})
    (document,) = read(root / "a.md", lambda uri: None)
    assert document.metadata.tags == ("yes",)
