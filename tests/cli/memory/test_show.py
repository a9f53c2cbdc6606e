"""``sanderling memory show``: the table of documents, one of them, and what a name may stand for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sanderling.memory import Memory, Note


@pytest.fixture
def show(call, memory):
    """Show what is in the memory of the notes."""
    return lambda *arguments: call("memory", "show", *arguments, "-m", memory)


@pytest.fixture
def tagged(notes, memory, hash_embedder) -> Path:
    """A document with everything that one can have."""
    file = notes / "winch.md"
    file.write_text(
        "---\naliases: [Hoist, The Old Winch]\ntags: [deck, north]\ndomain: plant\nlang: en\ndate: 2026-03-01\n---\n"
        "# Winch\n\nThe winch is greased by [Ada Lind](ada.md).\n"
    )
    with Memory.open(memory, hash_embedder) as opened:
        opened.ingest([notes])
    return file


@pytest.fixture
def remembered(memory, hash_embedder) -> str:
    """The id of a note without a document, which cites the first node."""
    with Memory.open(memory, hash_embedder) as opened:
        return opened.write_back([Note(text="Ada repairs it.", title="Who?", edges=((1, "cites", 2.0),))])[0].id


def test_all_documents(show, notes) -> None:
    table = show("--json").json
    assert {each["title"] for each in table} == {"Ada Lind", "Pump", "menu"}
    pump = next(each for each in table if each["title"] == "Pump")
    assert (pump["uri"], pump["nodes"]) == (str(notes / "pump.md"), 1)
    assert pump["edges"] > 0
    assert pump["date"]
    assert pump["ingested_at"]
    assert [node["id"] for node in show(pump["id"], "--json").json["nodes"]] == [pump["id"]]
    head, *rows = show().out.splitlines()
    assert head.split() == ["TITLE", "NODES", "EDGES", "DATE", "PATH", "OR", "ID"]
    assert len(rows) == 3
    assert any(row.startswith("Pump ") and row.endswith(str(notes / "pump.md")) for row in rows)


def test_the_edges_of_the_table_are_those_of_the_memory(show, call, memory, remembered) -> None:
    edges = call("memory", "stats", "-m", memory, "--json").json["edges"]
    table = show("--json").json
    assert sum(each["edges"] for each in table) == edges
    assert table[-1]["id"] == remembered
    assert (table[-1]["uri"], table[-1]["nodes"], table[-1]["edges"], table[-1]["ingested_at"]) == ("", 1, 1, "")
    assert show().out.splitlines()[-1].endswith(remembered)


def test_a_document(show, tagged) -> None:
    found = show(tagged, "--json").json
    assert (found["title"], found["uri"]) == ("Winch", str(tagged))
    assert found["aliases"] == ["Hoist", "The Old Winch"]
    assert found["tags"] == ["deck", "north"]
    assert (found["domain"], found["language"], found["date"][:10]) == ("plant", "en", "2026-03-01")
    assert found["ingested_at"]
    assert found["node_count"] == len(found["nodes"]) == 1
    node = found["nodes"][0]
    assert (node["type"], node["source"], node["position"]) == ("doc", "kb", 0)
    assert "greased" in node["text"]
    cites = next(edge for edge in node["edges"] if edge["relation"] == "cites")
    assert (cites["title"], cites["uri"]) == ("Ada Lind", str(tagged.with_name("ada.md")))
    assert cites["weight"] > 0


def test_a_document_for_people(show, tagged) -> None:
    done = show(tagged)
    assert (done.code, done.err) == (0, "")
    title, *lines = done.out.splitlines()
    assert title == "Winch"
    assert f"path      {tagged}" in lines
    assert "aliases   Hoist, The Old Winch" in lines
    assert "tags      deck, north" in lines
    assert "nodes     1" in lines
    assert any(line.startswith("   cites ") and line.endswith(" -> Ada Lind") for line in lines)
    assert any("The winch is greased" in line for line in lines)


def test_several_nodes_are_in_reading_order(show, notes, memory, hash_embedder) -> None:
    (notes / "long.md").write_text(
        "# Log\n\n" + "\n\n".join(f"Day {i} was calm and cold at sea. " * 40 for i in range(9))
    )
    with Memory.open(memory, hash_embedder) as opened:
        opened.ingest([notes])
    found = show("long.md", "--json").json
    assert [node["position"] for node in found["nodes"]] == list(range(found["node_count"]))
    assert found["node_count"] > 1
    one = show(found["nodes"][1]["id"], "--json").json
    assert (one["title"], one["node_count"], one["nodes"]) == ("Log", found["node_count"], [found["nodes"][1]])


def test_a_file_may_be_named_in_many_ways(show, notes, monkeypatch) -> None:
    monkeypatch.chdir(notes.parent)
    names = (notes / "pump.md", "notes/pump.md", "./notes/../notes/pump.md", "pump.md")
    assert {show(name, "--json").json["title"] for name in names} == {"Pump"}
    monkeypatch.chdir("/")
    assert show("notes/pump.md", "--json").json["title"] == "Pump"


def test_an_id_may_be_cut_short(show, remembered) -> None:
    found = show(remembered[:13], "--json").json
    assert (found["title"], found["uri"], found["ingested_at"]) == ("Who?", "", "")
    assert (found["nodes"][0]["id"], found["nodes"][0]["type"]) == (remembered, "memory")
    assert [(edge["relation"], edge["weight"]) for edge in found["nodes"][0]["edges"]] == [("cites", 2.0)]
    assert show(remembered.upper()).code == 2
    assert show(remembered).out.startswith("Who?\nd")


def test_what_several_notes_have_in_common_is_refused(show, notes, call, words, memory, refused) -> None:
    (notes / "old").mkdir()
    (notes / "old" / "pump.md").write_text("# Old pump\n\nRusty.")
    assert call("ingest", notes, "-m", memory).code == 0
    refused(show("pump.md"), 2, "several", str(notes / "pump.md"), str(notes / "old" / "pump.md"))
    assert show("old/pump.md", "--json").json["title"] == "Old pump"
    lines = "".join(json.dumps({"_id": f"{i}", "text": f"Line {i}."}) + "\n" for i in range(9))
    (notes / "lines.jsonl").write_text(lines)
    assert call("ingest", notes, "-m", memory).code == 0
    refused(show(notes / "lines.jsonl"), 2, "several", "lines.jsonl#0", ", …")
    assert show("lines.jsonl#7", "--json").json["nodes"][0]["text"] == "Line 7."
    first = min(each["id"] for each in show("--json").json)
    assert show(first, "--json").json["nodes"][0]["id"] == first


@pytest.mark.parametrize("name", ["pumps.md", "/elsewhere/Pump.txt", "pmup"])
def test_an_unknown_name_names_what_is_near(show, notes, refused, name: str) -> None:
    done = show(name)
    refused(done, 2, f"nothing of {name}", f"did you mean {notes / 'pump.md'}")
    assert done.out == ""
    assert "did you mean" in show(name, "--json").json["error"]["message"]


@pytest.mark.parametrize("name", ["", "zzzz", "ffff-no", "%", "_", "*", "deadbeef", "\udcff", "/", "notes", "md", "d"])
def test_a_name_of_nothing_is_refused(show, name: str) -> None:
    done = show(name)
    assert (done.code, done.out) == (2, "") or name == "d"
    assert "Traceback" not in done.err


def test_an_empty_memory(call, tmp_path, hash_embedder, refused) -> None:
    path = tmp_path / "empty.sanderling"
    Memory.open(path, hash_embedder).close()
    assert call("memory", "show", "-m", path, "--json").json == []
    assert call("memory", "show", "-m", path).out.startswith("TITLE")
    refused(call("memory", "show", "x", "-m", path), 2, "sanderling memory show")


def test_the_memory_is_not_changed(show, memory) -> None:
    before = memory.read_bytes()
    assert show().code == show("pump.md").code == 0
    assert memory.read_bytes() == before


def test_a_memory_that_can_only_be_read(show, memory) -> None:
    memory.chmod(0o400)
    try:
        assert show("pump.md").out.startswith("Pump\n")
    finally:
        memory.chmod(0o600)
