from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from sanderling.memory.files.address import Held, Presence, address_from_root
from sanderling.memory.files.walk import File, files


def composed(text):
    return unicodedata.normalize("NFC", text)


def decomposed(text):
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("name", "other"), [("Zürich.md", "Äpfel.md"), ("日本ガ.txt", "각.txt"), ("é/plan.md", "ö/plan.md")]
)
def test_twins_in_composition_are_both_kept_and_stay_themselves(memory, folder, name, other):
    root = folder({composed(name): "composed one", decomposed(name): "decomposed two", decomposed(other): "alone"})
    if len(list(root.iterdir())) < 3:
        pytest.skip("this file system takes both names for one")
    report = memory.ingest([root])
    assert (report.added, report.changed) == (3, 0)
    again = memory.ingest([root])
    assert (again.changed, again.unchanged, again.removed) == (0, 3, 0)
    by_text = {node.text: node.uri for node in memory.nodes(range(1, 4))}
    assert by_text["composed one"] == f"{root}/{composed(name)}"
    assert by_text["decomposed two"] == f"{root}/{decomposed(name)}"
    assert by_text["alone"] == f"{root}/{composed(other)}"
    ids = {node.text: node.id for node in memory.nodes(range(1, 4))}
    (root / composed(name)).unlink()
    report = memory.ingest([root], prune=True)
    assert (report.added, report.changed, report.unchanged, report.removed) == (0, 0, 2, 1)
    left = {node.text: (node.uri, node.id) for node in memory.nodes(range(1, 4))}
    assert left["decomposed two"] == (f"{root}/{decomposed(name)}", ids["decomposed two"])


def test_a_twin_that_comes_later_takes_nothing_from_the_first(memory, folder):
    root = folder({decomposed("Köln.md"): "first"})
    memory.ingest([root])
    (first,) = memory.nodes([1])
    folder({composed("Köln.md"): "second"})
    report = memory.ingest([root])
    assert (report.added, report.changed, report.moved) == (1, 0, 1)
    texts = {node.text: (node.uri, node.id) for node in memory.nodes(range(1, 9))}
    assert texts["first"] == (f"{root}/{decomposed('Köln.md')}", first.id)
    assert texts["second"][0] == f"{root}/{composed('Köln.md')}"
    assert memory.ingest([root]).unchanged == 2


@pytest.mark.parametrize(("one", "two"), [("Plan.md", "plan.md"), ("ÄRGER.txt", "ärger.txt")])
def test_names_that_differ_in_case_are_both_kept(memory, folder, one, two):
    root = folder({one: "the first", two: "the second"})
    if len(list(root.iterdir())) < 2:
        pytest.skip("this file system takes both names for one")
    assert memory.ingest([root]).added == 2
    assert memory.ingest([root]).unchanged == 2


def test_names_that_are_no_text_are_told_apart(memory, folder):
    root = folder({"a.md": "x"})
    try:
        for byte in (b"\xfe", b"\xff"):
            Path(os.fsdecode(os.fsencode(root) + b"/" + byte + b".md")).write_bytes(b"text " + byte.hex().encode())
    except OSError:
        pytest.skip("this file system takes only names that are text")
    assert memory.ingest([root]).added == 3
    assert memory.ingest([root]).unchanged == 3


def test_a_walk_and_a_single_path_give_the_same_addresses(folder):
    root = folder({composed("Bodø/ä.md"): "1", decomposed("Bodø/ä.md"): "2", decomposed("ü/x.md"): "3"})
    for item in files(root):
        assert isinstance(item, File)
        assert address_from_root(item.path, Held()) == item.uri


def test_what_is_held():
    held = Held(["/a/b.md", "/a/b.md#1", "/a/bc/d.md", "note:1"])
    assert "/a" in held
    assert "/a/b" not in held
    assert "/a/b.md" in held
    assert "/a/bc" in held
    assert "" not in Held()
    assert held.below("/a/b.md") == ["/a/b.md", "/a/b.md#1"]
    assert held.below("/a/b") == []
    assert held.below("/") == ["/a/b.md", "/a/b.md#1", "/a/bc/d.md"]


def test_presence_goes_by_the_names_on_the_disk(folder):
    root = folder({decomposed("Zürich/Plan.md"): "x", "c.jsonl": "{}", "C# notes.md": "x"})
    there = Presence()
    assert there.has_file(f"{root}/{composed('Zürich')}/Plan.md")
    assert there.has_file(f"{root}/c.jsonl#7")
    assert there.has_file(f"{root}/C# notes.md")
    assert not there.has_file(f"{root}/{composed('Zürich')}/plan.md")
    assert not there.has_file(f"{root}/gone.jsonl#7")
    assert not there.has_file("note:1")
