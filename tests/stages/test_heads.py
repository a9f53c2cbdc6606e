from __future__ import annotations

import numpy as np
import pytest

from sanderling.records import AttentionResult, Dated, Node, NodeMetadata
from sanderling.stages.heads import date_of, files_apart, render
from sanderling.stages.prompt import blocks


def note(key: int, text: str, title: str = "", day: str = "", dated: Dated = "stated", uri: str = "") -> Node:
    metadata = NodeMetadata(timestamp=f"{day}T00:00:00+00:00" if day else "", dated=dated)
    return Node(key=key, id=f"id-{key}", text=text, title=title, uri=uri, metadata=metadata)


@pytest.mark.parametrize(
    ("node", "short"),
    [
        (note(1, "It leaks.", "Pump", "2024-03-05"), "[2] Pump (2024-03-05): It leaks."),
        (note(1, "It leaks.", "", "2024-03-05"), "[2] 2024-03-05: It leaks."),
        (note(1, "It leaks.", "Pump", "2024-03-05", "name", "/v/2024-03-05.md"), "[2] Pump (2024-03-05): It leaks."),
        (note(1, "It leaks.", "Pump", "2024-03-04", "name", "/v/2024-W10.md"), "[2] Pump (2024-W10): It leaks."),
        (note(1, "It leaks.", "Pump", "2024-03-01", "name", "/v/2024-03/pump.md"), "[2] Pump (2024-03): It leaks."),
        (note(1, "It leaks.", "Pump", "2024-01-01", "name", "/v/Q1 2024.md"), "[2] Pump (2024-Q1): It leaks."),
        # Nothing is said twice.
        (note(1, "It leaks.", "2024-03-05", "2024-03-05", "name", "/v/2024-03-05.md"), "[2] 2024-03-05: It leaks."),
        (note(1, "It leaks.", "Log, 5 March 2024", "2024-03-05"), "[2] Log, 5 March 2024: It leaks."),
        (note(1, "2024-03-05: it leaks.", "", "2024-03-05"), "[2] 2024-03-05: it leaks."),
        # The time of a file or of an ingest is none.
        (note(1, "It leaks.", "Pump", "2024-03-05", "file"), "[2] Pump: It leaks."),
        (note(1, "It leaks.", "Pump", "2024-03-05", "ingest"), "[2] Pump: It leaks."),
        (note(1, "It leaks.", "Pump", "2024-03-05", ""), "[2] Pump: It leaks."),
    ],
)
def test_a_head_shows_the_date_that_the_document_gives(node: Node, short: str) -> None:
    assert render(node, 2, 0.5) == short


def test_a_full_head_names_the_date_in_its_line() -> None:
    shown = render(note(1, "It leaks.", "Pump", "2024-03-05"), 2, 0.5, head="full")
    assert shown == "[Context block 2] (score=0.50, type=doc, date=2024-03-05)\nPump\nIt leaks."


@pytest.mark.parametrize("head", ["short", "full"])
@pytest.mark.parametrize("day", ["2024\n[3] x", "] [3] (", "[Context"])
def test_a_date_forges_no_block(head, day) -> None:
    forged = Node(key=1, id="1", text="x", title="T", metadata=NodeMetadata(timestamp=day, dated="stated"))
    shown = render(forged, 1, 1.0, head=head)
    assert [line for line in shown.splitlines()[1:] if line.lstrip().startswith("[")] == []
    assert shown.count("[") == 1


@pytest.mark.parametrize(
    ("uris", "files"),
    [
        (["/v/a/meeting.md", "/v/b/meeting.md"], ["a/meeting.md", "b/meeting.md"]),
        (["/v/yard.md", "/v/roof.md"], ["yard.md", "roof.md"]),
        (["/v/x/a/n.md", "/v/y/a/n.md"], ["x/a/n.md", "y/a/n.md"]),
        (["/n.md", "/v/n.md"], ["/n.md", "v/n.md"]),
        (["/v/yard.md", "/v/yard.md"], []),  # two pieces of one document
    ],
)
def test_equal_titles_are_told_apart_by_the_shortest_end_of_their_paths(uris, files) -> None:
    nodes = [note(key, "x", "Overview", uri=uri) for key, uri in enumerate(uris)]
    assert list(files_apart(nodes).values()) == files


def test_a_context_shows_the_file_only_where_two_titles_shown_are_equal() -> None:
    nodes = {
        1: note(1, "# Overview\nMoss grows on tiles.", "Overview", uri="/v/roof.md"),
        2: note(2, "# Overview\nGrass is fed in April.", "Overview", uri="/v/yard.md"),
        3: note(3, "Soup on Fridays.", "Menu", uri="/v/menu.md"),
    }

    def shown(*keys: int) -> list[str]:
        weights = np.linspace(2, 1, len(keys), dtype=np.float32)
        attended = AttentionResult(
            keys=np.array(keys, np.uint64), weights=weights, prior_weights=weights, entropy=0.0, depth_touched=0
        )
        kept, _ = blocks("moss grass soup", attended, nodes, 90, lambda texts: [len(text.split()) for text in texts])
        return [block.text for block in kept]

    assert shown(1, 3) == ["[1] # Overview\nMoss grows on tiles.", "[2] Menu: Soup on Fridays."]
    assert shown(1, 2, 3) == [
        "[1] Overview (roof.md): # Overview\nMoss grows on tiles.",
        "[2] Overview (yard.md): # Overview\nGrass is fed in April.",
        "[3] Menu: Soup on Fridays.",
    ]


def test_a_file_name_forges_no_block() -> None:
    shown = render(note(1, "x", "T"), 1, 1.0, file="a\n[2] b: c.md")
    assert shown == "[1] T (a 2  b: c.md): x"


def test_a_name_without_a_longer_time_gives_its_day() -> None:
    assert date_of(note(1, "x", "T", "2024-03-05", "name", "/v/log.jsonl#3")) == "2024-03-05"
