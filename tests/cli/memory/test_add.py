from __future__ import annotations

import os

import pytest


@pytest.fixture
def filled(call, notes, tmp_path, words):
    path = tmp_path / "m.sanderling"
    assert call("ingest", notes, "-m", path).code == 0
    return path


def test_a_text_from_each_place(call, filled, tmp_path):
    (tmp_path / "said.txt").write_bytes("Grüße aus der Küche".encode("cp1252"))
    done = call("memory", "add", "The key is behind the clock.", "--tag", "house", "-m", filled, "--json")
    assert (done.json["text"], done.json["type"], done.json["source"]) == (
        "The key is behind the clock.",
        "memory",
        "user",
    )
    assert done.json["metadata"]["tags"] == ["house"]
    done = call(*("memory", "add", "--type", "tool_result", "-m", filled, "--json"), stdin="exit 0\n")
    assert (done.json["text"], done.json["type"]) == ("exit 0\n", "tool_result")
    done = call("memory", "add", os.fsencode("Grüße").decode("ascii", "surrogateescape"), "-m", filled, "--json")
    assert done.json["text"] == "Grüße"
    done = call("memory", "add", "--file", tmp_path / "said.txt", "-m", filled)
    assert done.code == 0 and done.out.endswith(" stored as memory\n") and "said.txt: " in done.err
    shown = call("memory", "show", done.out.split()[0], "-m", filled, "--json").json
    assert shown["nodes"][0]["text"] == "Grüße aus der Küche"


def test_a_relation(call, filled):
    done = call(*("memory", "add", "It drips.", "--relation", "seen at", "--to", "pump.md", "-m", filled, "--json"))
    (edge,) = call("memory", "show", done.json["id"], "-m", filled, "--json").json["nodes"][0]["edges"]
    assert (edge["relation"], edge["title"], edge["created_by"]) == ("seen at", "Pump", "user")
    found = call("search", "drips", "--type", "memory", "-m", filled, "--json").json
    assert [each["title"] for each in found] == [""]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("a", "--file", "x"), "not both"),
        (("--file", "nowhere.txt"), "No such file"),
        (("--file", "."), "a folder"),
        ((), "empty"),
        (("a", "--to", "nowhere.md"), "holds nothing of nowhere.md"),
        (("a", "--date", "soon"), "error: 'soon' is no date"),
    ],
)
def test_what_cannot_be_stored(call, filled, arguments, says):
    done = call("memory", "add", *arguments, "-m", filled)
    assert done.code == 2 and says in done.err and done.err.count("\n") == 1


def test_a_binary_file_is_refused(call, filled, tmp_path):
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    done = call("memory", "add", "--file", tmp_path / "x.png", "-m", filled)
    assert done.code == 2 and "x.png" in done.err
