from __future__ import annotations

import os
from pathlib import Path

import pytest

from sanderling.filter import Filter
from sanderling.memory.read.dating import dated
from sanderling.memory.read.naming import FileNames, names_of
from sanderling.memory.read.read import read
from sanderling.records import NodeMetadata

ROOT = Path("/vault/notes")
JUNE_2020_S = 1_591_000_000.0


def names(path: str) -> FileNames:
    return names_of(ROOT / path, ROOT)


@pytest.mark.parametrize(
    ("metadata", "title", "path", "changed_s", "expected"),
    [
        (
            NodeMetadata(timestamp="2022-01-01T00:00:00+00:00", dated="stated"),
            "",
            "2024-03-05.md",
            1.0,
            ("2022", "stated"),
        ),
        (NodeMetadata(timestamp="2022-01-01T00:00:00+00:00"), "", "2024-03-05.md", JUNE_2020_S, ("2024", "name")),
        (NodeMetadata(timestamp="2022-01-01T00:00:00+00:00"), "", "boat.md", JUNE_2020_S, ("2022", "stated")),
        (NodeMetadata(), "", "Daily/2024-03-05.md", JUNE_2020_S, ("2024-03-05T00:00:00+00:00", "name")),
        (NodeMetadata(), "", "2024-W10.md", None, ("2024-03-04", "name")),
        (NodeMetadata(), "Duty Log, 5 March 2023", "log.md", None, ("2023-03-05", "name")),
        (NodeMetadata(), "Elections of March 1933", "log.md", None, ("", "ingest")),
        (NodeMetadata(), "", "boat.md", JUNE_2020_S, ("2020-06-01T08:26:40+00:00", "file")),
        (NodeMetadata(), "", "boat.md", 0.0, ("", "ingest")),
        (NodeMetadata(), "", "boat.md", 1e18, ("", "ingest")),
        (NodeMetadata(), "", "boat.md", float("nan"), ("", "ingest")),
        (NodeMetadata(), "", "boat.md", 4e9, ("", "ingest")),
        (NodeMetadata(), "", "boat.md", None, ("", "ingest")),
    ],
)
def test_where_a_time_is_from(metadata, title, path, changed_s, expected) -> None:
    found = dated(metadata, title, names(path), changed_s)
    assert (found.timestamp[: len(expected[0])], found.dated) == expected


def test_a_file_states_its_time_before_its_name_and_before_its_change(folder) -> None:
    root = folder(
        {
            "2024-03-05.md": "---\ndate: 2021-01-02\n---\nText",
            "2024-03-06.md": "---\ncreated: 2021-01-02\nupdated: 2022-02-03\n---\nText",
            "plain.md": "---\nmodified: 5 Mar 2023 14:30\n---\nText",
            "none.txt": "Text",
        }
    )
    os.utime(root / "none.txt", (JUNE_2020_S, JUNE_2020_S))
    found = {path.name: next(iter(read(path, lambda _: None, root))).metadata for path in root.iterdir()}
    assert {name: (each.timestamp[:16], each.dated) for name, each in found.items()} == {
        "2024-03-05.md": ("2021-01-02T00:00", "stated"),
        "2024-03-06.md": ("2024-03-06T00:00", "name"),
        "plain.md": ("2023-03-05T14:30", "stated"),
        "none.txt": ("2020-06-01T08:26", "file"),
    }


def test_lines_have_no_name_and_the_day_only_of_a_file_that_is_called_by_it(folder) -> None:
    lines = '{"text": "a"}\n{"text": "b", "created_at": "2021-01-02"}\n{"text": "c", "title": "Log, 5 May 2020"}\n'
    root = folder({"2024-03-05.jsonl": lines, "export-2024-03-05.jsonl": lines})
    found = {
        path.name: [
            (each.metadata.names, each.metadata.timestamp[:10], each.metadata.dated)
            for each in read(path, lambda _: None, root)
        ]
        for path in root.iterdir()
    }
    assert found == {
        "2024-03-05.jsonl": [("", "2024-03-05", "name"), ("", "2021-01-02", "stated"), ("", "2024-03-05", "name")],
        "export-2024-03-05.jsonl": [("", "", "ingest"), ("", "2021-01-02", "stated"), ("", "2020-05-05", "name")],
    }


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2024-03-05", "2024-03-05", {"2024-03-05"}),
        ("2024-03-01", "2024-03-31", {"2024-03-05", "2024-W11"}),
        ("2020-01-01", "2020-12-31", {"plain"}),
    ],
)
def test_the_filter_goes_by_the_time_in_the_name_and_else_by_the_change(memory, folder, since, until, expected) -> None:
    root = folder({"2024-03-05.md": "## Tasks\nbank", "2024-W11.md": "## Tasks\nroof", "plain.md": "## Tasks\ncar"})
    os.utime(root / "plain.md", (JUNE_2020_S, JUNE_2020_S))
    memory.ingest([root])
    vector = memory.embedder.embed(["Tasks"])[0]
    found = memory.find("Tasks", vector, filter=Filter(since=since, until=until))
    assert {node.title for node in memory.nodes(found.attended.keys)} == expected


def test_a_text_added_by_hand_states_the_time_that_is_given_with_it(memory) -> None:
    memory.add("one", uri="one", metadata=NodeMetadata(timestamp="2022-01-01T00:00:00+00:00"))
    memory.add("two", uri="two")
    assert {node.uri: node.metadata.dated for node in memory.nodes(range(10))} == {"one": "stated", "two": ""}
