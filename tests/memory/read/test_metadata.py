from __future__ import annotations

import json

import pytest

from sanderling.memory.read.markdown.front_matter import front_matter
from sanderling.memory.read.metadata import aliases_of, metadata_of, of_note
from sanderling.memory.read.read import read
from sanderling.records import NodeMetadata

NOTE = """---
title: "The Pump"
Tags: [water, 'feed, pump', ]   # of the plant
domain: plant   # or so
date: 2026-03-01
lang: en
nested:
  key: value
# a comment
---
The text.
"""


def metadata(memory, uri):
    (node, *_) = memory.nodes(memory.store.document_nodes(memory.store.document(uri).key))
    return node.metadata


def test_front_matter():
    fields = of_note(front_matter(NOTE).fields)
    assert (fields["tags"], fields["domain"], fields["title"]) == (["water", "feed, pump"], "plant", "The Pump")
    assert metadata_of(fields) == (
        NodeMetadata(
            timestamp="2026-03-01T00:00:00+00:00",
            tags=("water", "feed, pump"),
            language="en",
            domain="plant",
            dated="stated",
        ),
        (),
    )


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("tags:\n  - one\n  - 'two: three'\ndomain: x", ("one", "two: three")),
        ("tags:\n- one\n- one", ("one",)),
        ("tags: one, two", ("one", "two")),
        ("tags: one", ("one",)),
        ("tags: one; two words", ("one", "two words")),
        ("tags:\n  - [one, two]\n  - '#three'", ("one", "two", "three")),
        ("tags: []", ()),
        ("tags:", ()),
        ("other: 1", ()),
    ],
)
def test_tags_as_people_write_them(written, tags):
    assert metadata_of(of_note(front_matter(f"---\n{written}\n---\n").fields))[0].tags == tags


@pytest.mark.parametrize("name", ["lastmod", "fecha", "createdTime"])
def test_the_names_that_programs_give_to_times(name):
    metadata, warnings = metadata_of({name: "2024-03-05"})
    assert (metadata.timestamp[:10], warnings) == ("2024-03-05", ())


def test_other_names_are_read_as_tags_are():
    assert aliases_of({"alias": "A b, C", "aliases": ["C", "d"]}) == (("A b", "C", "d"), ())
    assert aliases_of({}) == ((), ())
    names, problems = aliases_of({"aliases": {"a": 1}})
    assert names == ()
    assert ["aliases are texts" in problem for problem in problems] == [True]


@pytest.mark.parametrize("text", ["", "---\nno end", "text\n---\ntags: [a]\n---\n", "--- x\ntags: a\n---\n"])
def test_what_is_no_front_matter(text):
    assert front_matter(text).fields == {}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"date": "yesterday"}, "'yesterday' is no date"),
        ({"tags": {"a": 1}}, "tags are texts"),
        ({"tags": [{"a": 1}]}, "tags are texts"),
        ({"domain": ["a"]}, "domain is one text"),
    ],
)
def test_what_is_not_understood_is_said(fields, words):
    found, problems = metadata_of(fields)
    assert found == NodeMetadata()
    assert [words in problem for problem in problems] == [True]


def test_a_title_is_that_of_the_heading_else_of_the_front_matter(folder):
    root = folder({"a.md": NOTE, "b.md": NOTE + "\n# Heading", "c.md": "---\n# comment: no heading\n---\ntext"})
    titles = [document.title for name in ("a.md", "b.md", "c.md") for document in read(root / name, lambda uri: None)]
    assert titles == ["The Pump", "Heading", "c"]


def test_lines_of_json(folder, memory):
    lines = [
        {"_id": "a", "text": "a", "metadata": {"tags": ["x", 7], "domain": "in", "url": "u"}, "domain": "out"},
        {"_id": "b", "text": "b", "metadata": "none", "timestamp": "2026-03-01T10:00:00+01:00", "language": "de"},
        {"_id": "c", "text": "c", "metadata": {}},
    ]
    root = folder({"c.jsonl": "\n".join(map(json.dumps, lines))})
    assert memory.ingest([root]).warnings == ()
    a, b, c = (metadata(memory, f"{root}/c.jsonl#{name}") for name in "abc")
    assert (a.tags, a.domain) == (("x", "7"), "out")
    assert (b.timestamp, b.language, b.tags) == ("2026-03-01T09:00:00+00:00", "de", ())
    assert (c.tags, c.domain) == ((), "")
    lines[2]["metadata"] = {"domain": "new"}
    folder({"c.jsonl": "\n".join(map(json.dumps, lines))})
    report = memory.ingest([root])
    assert (report.changed, report.unchanged) == (1, 2)
    assert metadata(memory, f"{root}/c.jsonl#c").domain == "new"


def test_changed_front_matter_is_taken_over(folder, memory):
    root = folder({"a.md": "---\ntags: [one]\n---\ntext"})
    memory.ingest([root])
    folder({"a.md": "---\ntags: [two]\ndomain: d\n---\ntext"})
    assert memory.ingest([root]).changed == 1
    found = metadata(memory, str(root / "a.md"))
    assert (found.tags, found.domain) == (("two",), "d")


def test_a_domain_and_tags_given_to_an_ingest(folder, memory):
    root = folder({"a.md": "---\ntags: [own]\ndomain: mine\n---\na", "b.txt": "b"})
    one, two = str(root / "a.md"), str(root / "b.txt")
    assert memory.ingest([root], domain=" work ", tags=["all", "own", ""]).added == 2
    assert (metadata(memory, one).tags, metadata(memory, one).domain) == (("own", "all"), "mine")
    assert (metadata(memory, two).tags, metadata(memory, two).domain) == (("all", "own"), "work")
    assert memory.ingest([root], domain="work", tags=["all", "own"]).unchanged == 2
    assert memory.ingest([root], domain="home", tags=["all", "own"]).changed == 2
    assert metadata(memory, two).domain == "home"
    assert memory.ingest([root]).changed == 2
    assert (metadata(memory, two).domain, metadata(memory, two).tags) == ("", ())
    assert memory.ingest([root]).unchanged == 2


def test_a_date_that_is_none_is_said_once_a_file_and_the_ingest_dates_the_note(folder, memory):
    lines = [{"_id": i, "text": f"{i}", "date": "soon"} for i in range(3)]
    root = folder({"a.md": "---\ndate: someday\n---\na", "c.jsonl": "\n".join(map(json.dumps, lines))})
    report = memory.ingest([root])
    assert [warning.split(": ")[0] for warning in report.warnings] == [str(root / "a.md"), f"{root}/c.jsonl#0"]
    assert metadata(memory, str(root / "a.md")).timestamp == memory.store.document(str(root / "a.md")).ingested_at


def test_of_endless_tags_and_names_the_first_hundred_are_kept_and_that_is_said(folder, memory):
    tags = ", ".join(f"t{n}" for n in range(5000))
    root = folder({"a.md": f"---\ntags: [{tags}]\n---\ntext", "b.md": f"---\naliases: [{tags}]\n---\ntext"})
    report = memory.ingest([root / "a.md"])
    assert [said.removeprefix(f"{root}/") for said in report.warnings] == [
        "a.md: tags are 5,000; the first 100 are kept"
    ]
    assert metadata(memory, str(root / "a.md")).tags == tuple(f"t{n}" for n in range(100))
    names, problems = aliases_of({"alias": ["a"], "aliases": tags})
    assert (len(names), problems) == (101, ("aliases are 5,000; the first 100 are kept",))


@pytest.mark.parametrize("written", ["1709632800", "1709632800000", "1709632800123456"])
def test_a_time_in_units_since_1970(written):
    found, problems = metadata_of({"created": written})
    assert (found.timestamp, problems) == ("2024-03-05T10:00:00+00:00", ())
    assert metadata_of({"created": "17096"})[1] != ()
