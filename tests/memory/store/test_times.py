from __future__ import annotations

from datetime import date

import pytest

from sanderling.memory.store.times import has_times, nodes_of, timestamps
from sanderling.records import NodeMetadata
from sanderling.text.dates.written import Span


def span(first: str, last: str) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last))


@pytest.fixture
def dated(store, unit):
    """Documents by their name, each with one node; the key of a node by the name of its document."""
    keys = {}
    rows = [
        ("2024-03-05.md", "2024-03-05", "name"),
        ("2024-W10.md", "2024-03-04", "name"),
        ("2024-03.md", "2024-03-01", "name"),
        ("2024-Q1.md", "2024-01-01", "name"),
        ("stated.md", "2024-03-05", "stated"),
        ("late.md", "2024-03-05", "stated"),
        ("file.md", "2024-03-05", "file"),
        ("ingest.md", "2024-03-05", "ingest"),
    ]
    with store.write() as writer:
        for seed, (name, day, origin) in enumerate(rows):
            clock = "T23:59:59+00:00" if name == "late.md" else "T00:00:00+00:00"
            metadata = NodeMetadata(timestamp=day + clock, dated=origin)
            _, (key,) = writer.add_document(f"/v/{name}", name, "hash", ["text"], unit(seed), metadata=metadata)
            keys[key] = name
    return keys


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        ("2024-03-05", "2024-03-05", "2024-03-05.md 2024-W10.md 2024-03.md 2024-Q1.md stated.md late.md"),
        ("2024-03-11", "2024-03-11", "2024-03.md 2024-Q1.md"),
        ("2024-02-01", "2024-02-02", "2024-Q1.md"),
        ("2024-04-01", "9999-12-31", ""),
        ("0001-01-01", "2024-01-01", "2024-Q1.md"),
    ],
)
def test_nodes_of_a_time_have_it_stated_or_in_their_name(store, dated, first, last, names) -> None:
    with store.read():
        assert {dated[key] for key in nodes_of(store, [span(first, last)])} == set(names.split())


def test_times_of_files_and_ingests_are_not_a_notes_own(store, dated) -> None:
    with store.read():
        assert {dated[key] for key in timestamps(store, dated)} == set(dated.values()) - {"file.md", "ingest.md"}
        assert has_times(store)


def test_a_memory_without_dates_has_none(store) -> None:
    with store.read():
        assert not has_times(store)
        assert nodes_of(store, [span("0001-01-01", "9999-12-31")]) == set()


def test_the_index_of_times_is_used(store) -> None:
    sql = "SELECT key FROM node WHERE dated IN ('stated', 'name') AND timestamp >= '2' AND timestamp < '3'"
    assert "node_time" in str(store.database.execute(f"EXPLAIN QUERY PLAN {sql}"))
