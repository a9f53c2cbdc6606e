from __future__ import annotations

import pytest

from sanderling.memory.read.markdown.tags import tags_in


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#garden/beds and (#todo), #été #日本語 #a-b_c", ["garden/beds", "todo", "été", "日本語", "a-b_c"]),
        ("#[[two words]] #a/ #b- x", ["two words", "a", "b"]),
        ("# heading\n## two\n#Tag at a line's beginning", ["Tag"]),
        ("#1 #2024 #ff8800 #fff #00ff00aa #12a", []),
        ("#bed #facade #b2b #2024-03 #y2k #a1b2", ["bed", "facade", "b2b", "y2k"]),
        ("page#top https://a.example/#part [x](#part) a='#b' C# d", []),
        ("- #one\n> #two\n* [ ] #three", ["one", "two", "three"]),
        ("#a #a #A", ["a", "A"]),
        ("**#bold** and _#slanted_ ~~#gone~~ a_#b", ["bold", "slanted", "gone", "b"]),
        ("", []),
    ],
)
def test_tags_as_vaults_write_them(text, tags):
    assert tags_in(text, 0, lambda at: False) == tags


def test_code_has_no_tags():
    text = "#a `#b` #c"
    assert tags_in(text, 0, lambda at: text[at - 1 : at] == "`") == ["a", "c"]
