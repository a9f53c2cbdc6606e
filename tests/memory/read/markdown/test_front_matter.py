from __future__ import annotations

import pytest

from sanderling.memory.read.markdown.front_matter import MAX_CHARACTERS, front_matter, front_matter_end
from sanderling.memory.read.read import read
from sanderling.memory.read.yaml_values import MAX_DEPTH


def fields(written, marks="---"):
    found = front_matter(f"{marks}\n{written}\n{marks}\nbody")
    return found.fields, found.warnings


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "tags: [heating,\n  cellar,\n  roof]\naliases: [\n  'Big Fan',\n]",
            {"tags": ["heating", "cellar", "roof"], "aliases": ["Big Fan"]},
        ),
        (
            "title: >\n  A long\n  folded title\nx: |-\n  two\n  lines\n",
            {"title": "A long folded title", "x": "two\nlines"},
        ),
        ("title: 'It''s'\nb: \"Caf\\u00e9 \\\"x\\\"\\tz\"", {"title": "It's", "b": 'Café "x"\tz'}),
        # As written: a name is no number, and a date is dated by the one function that knows all forms.
        (
            "a: 1.10\nb: yes\nc: 2024-03-05\nd: 010\ne: 12:30",
            {"a": "1.10", "b": "yes", "c": "2024-03-05", "d": "010", "e": "12:30"},
        ),
        ("a: ~\nb:\nc: null\nd: ''", {"a": None, "b": None, "c": None, "d": ""}),
        ("up: '[[Home|start]]'\ndate: [[2024-03-05]]", {"up": "[[Home|start]]", "date": [["2024-03-05"]]}),
        ("nested:\n  key: value\n  list: [1, {a: b}]", {"nested": {"key": "value", "list": ["1", {"a": "b"}]}}),
        ("Tags: x # why\n# a comment\nurl: https://a.b/c#d", {"tags": "x", "url": "https://a.b/c#d"}),
        ("date created: 2024\n日記: はい", {"date created": "2024", "日記": "はい"}),
        ("a: one\n  two", {"a": "one two"}),
    ],
)
def test_valid_yaml_is_read_whole_and_nothing_is_said(written, expected):
    assert fields(written) == (expected, ())


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("tags: #a #b/c", "a b/c"),
        ("tags: [#a, b]", ["a", "b"]),
        ("Tags:\n- #a\n- b", ["a", "b"]),
        ("tags: [a] # b", ["a"]),
        ("tags: '#a'", "#a"),
    ],
)
def test_a_mark_before_a_tag_is_no_comment(written, tags):
    assert fields(f"title: t\n{written}") == ({"title": "t", "tags": tags}, ())


@pytest.mark.parametrize(
    ("written", "expected", "said"),
    [
        (
            "title: Pump: a manual\ntags: [x]",
            {"title": "Pump: a manual", "tags": ["x"]},
            "line 2: title is not valid YAML and is taken as plain text",
        ),
        ("a: b\ntitle: @home", {"a": "b", "title": "@home"}, "line 3: title is not valid YAML"),
        ('a: b\ntitle: "open\ntags: [x]', {"a": "b", "tags": ["x"]}, "line 3: title is not read"),
        ("a: [x, y\nb: c", {"b": "c"}, "line 2: a is not read"),
        ("a: &x [1]\nb: *x\nc: d", {"a": ["1"], "c": "d"}, "line 3: b is not read (*x stands for another value"),
        ("a: !!python/object/apply:os.system [ls]\nb: c", {"b": "c"}, "is no kind of value that is read"),
        ("a: 1\nA: 2\na: 3", {"a": "3"}, "stands there twice"),
        ("a: 1\nprose\nb: 2", {"a": "1", "b": "2"}, "line 3: 'prose' is not understood"),
        ("tags:x\nb: 2", {"b": "2"}, "line 2: 'tags:x' is not understood"),
        ("title: {{title}}\nb: 2", {"b": "2"}, "line 2: title is not read"),
        ("a: " + "[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2) + "\nb: 2", {"b": "2"}, "nested too deeply"),
    ],
)
def test_what_is_not_understood_is_left_out_whole_and_said(written, expected, said):
    found, warnings = fields(written)
    assert found == expected
    assert said in warnings[0]


def test_tabs_instead_of_blanks():
    assert fields("a: b\ntags:\n\t- x\n\t- y") == ({"a": "b", "tags": ["x", "y"]}, ())


def test_a_value_that_stands_for_others_many_times_is_never_built():
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    found, warnings = fields(bomb)
    assert found == {"a0": ["x", "x"]}
    assert len(warnings) == 59


def test_toml():
    found, warnings = fields(
        'title = "T"\nTags = ["a", "b"]\ndate = 2024-03-05T10:00:00Z\nv = 1.10\nok = true\n[more]\nk = 1', "+++"
    )
    assert warnings == ()
    assert found == {
        "title": "T",
        "tags": ["a", "b"],
        "date": "2024-03-05T10:00:00+00:00",
        "v": "1.10",
        "ok": "true",
        "more": {"k": "1"},
    }
    assert "no valid TOML" in fields("title = ", "+++")[1][0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---\nno end",
        "text\n---\na: b\n---\n",
        "--- x\na: b\n---\n",
        "---\nA line of prose\n---\n",
        "---\n\n- a list\n\n---\n",
        "----\na: b\n----\n",
    ],
)
def test_rules_with_prose_between_are_no_front_matter(text):
    assert front_matter(text) == ({}, 0, ())


def test_what_is_too_long_is_said():
    text = "---\n" + "a: b\n" * (MAX_CHARACTERS // 5 + 1) + "---\nbody"
    found = front_matter(text)
    assert (found.fields, text[found.end :]) == ({}, "\nbody")
    assert "longer than 64 KiB" in found.warnings[0]
    assert front_matter_end(text) == found.end


def test_a_broken_front_matter_does_not_lose_the_note(folder):
    root = folder({"a.md": '\ufeff---\r\ntitle: "open\r\ntags: [x\r\n---\r\n# Real\r\n\r\nThe pump.\r\n'})
    (document,) = read(root / "a.md", lambda uri: None)
    assert document.title == "Real" and "The pump." in document.text
    assert "title is not read" in document.warnings[0]


@pytest.mark.parametrize(
    "written", ["a: [1, {b: c}]", "a: >\n  b\n  c", "a: *x", "a: 'it''s'", "a: [", "tags: #x", "a: ~\nb: ''"]
)
def test_without_libyaml_the_same_is_read(written, monkeypatch):
    before = fields(written)
    monkeypatch.delattr("yaml.CBaseLoader", raising=False)
    found, warnings = fields(written)
    assert (found, len(warnings)) == (before[0], len(before[1]))
