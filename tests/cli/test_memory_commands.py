"""``sanderling memory``: what its commands print and how they end. What they do is in ``tests/memory``."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from sanderling.disk.home import MEMORY
from sanderling.memory import Memory, Note

COMMANDS = ("show", "verify", "repair", "stats", "compact", "prune", "tidy")


def damage(memory: Path) -> None:
    connection = sqlite3.connect(memory)
    with connection:
        connection.execute("DELETE FROM vector WHERE node = 1")
    connection.close()


def smash(memory: Path) -> None:
    memory.write_bytes(memory.read_bytes()[:4096] + b"x" * 20_000)


def test_a_sound_memory(call, memory, whole) -> None:
    assert call("memory", "verify", "-m", memory) == (0, f"{memory}: sound\n", "")
    assert call("memory", "verify", "-m", memory, "--json").json == {
        "path": str(memory),
        "store": [],
        "index": [],
        "notes": [],
    }
    assert call("memory", "repair", "-m", memory) == (0, f"{memory}: nothing to mend\n", "")
    whole(memory)


def test_a_memory_with_something_wrong(call, memory, words, notes, whole) -> None:
    damage(memory)
    found = call("memory", "verify", "-m", memory)
    assert found.code == 3
    assert "1 nodes without a vector\n" in found.out
    assert "run  sanderling memory repair" in found.out
    assert call("memory", "verify", "-m", memory, "--json").json["store"] == ["1 nodes without a vector"]
    mended = call("memory", "repair", "-m", memory)
    assert mended.code == 0
    assert f"forgotten: {notes / 'ada.md'}\n" in mended.out
    assert mended.out.endswith(": mended\n")
    whole(memory, documents=2)
    assert call("ingest", notes, "-m", memory, "--json").json["added"] == 1
    whole(memory)


def test_repair_as_json(call, memory, notes) -> None:
    damage(memory)
    done = call("memory", "repair", "-m", memory, "--json")
    assert (done.code, done.json["forgotten"], done.json["left"]["store"]) == (0, [str(notes / "ada.md")], [])


def test_an_index_that_differs(call, memory, whole) -> None:
    index = memory.with_name(memory.name + ".idx")
    index.write_bytes(index.read_bytes()[:-1])
    found = call("memory", "verify", "-m", memory)
    assert found.code == 3
    assert "the index is damaged" in found.out
    assert "sanderling memory repair" not in found.out
    assert "the index was rebuilt: 3 nodes" in call("memory", "repair", "-m", memory).out
    assert call("memory", "verify", "-m", memory).code == 0
    index.unlink()
    assert "note: there is no index yet" in call("memory", "verify", "-m", memory).err
    whole(memory)


def test_stats(call, memory) -> None:
    stats = call("memory", "stats", "-m", memory, "--json").json
    assert (stats["documents"], stats["nodes"], stats["embedder_id"], stats["dim"]) == (3, 3, "hash-64", 64)
    assert stats["edges"] == sum(stats["edges_by_relation"].values()) > 0
    assert stats["store_bytes"] == memory.stat().st_size
    assert stats["index_bytes"] == memory.with_name(memory.name + ".idx").stat().st_size
    assert stats["kernels"]
    shown = call("memory", "stats", "-m", memory).out
    assert all(name in shown for name in stats)


def test_compact(call, memory, whole) -> None:
    done = call("memory", "compact", "-m", memory, "--json").json
    assert done["after"]["store_bytes"] == memory.stat().st_size
    assert "memory" in call("memory", "compact", "-m", memory).out
    whole(memory)


def test_prune(call, memory, whole) -> None:
    options = ("prune", "-m", memory, "--older-than", "0d", "--weaker-than", "2")
    everything = call("memory", "stats", "-m", memory, "--json").json["edges"]
    # Edges drawn within the second are not older than it.
    connection = sqlite3.connect(memory)
    with connection:
        connection.execute("UPDATE edge SET timestamp = '2026-01-01T00:00:00+00:00'")
    connection.close()
    dry = call("memory", *options, "--dry-run")
    assert f"cites        {everything} weak and old, 0 beyond the budget of a node\n" in dry.out
    assert f"edges        {everything} -> 0 (dry run: nothing was changed)\n" in dry.out
    assert call("memory", "prune", "-m", memory).out == f"edges        {everything} -> {everything}\n"
    done = call("memory", *options, "--json").json
    assert (done["weak"], done["after"], done["dry_run"]) == ({"cites": everything}, 0, False)
    whole(memory)
    long = call("memory", "prune", "-m", memory, "--older-than", "long")
    assert (long.code, "such as 180d" in long.err) == (2, True)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_memory_there(call, tmp_path, refused, command: str) -> None:
    refused(call("memory", command, "-m", tmp_path / "absent"), 2, "sanderling ingest FOLDER")
    assert not list(tmp_path.glob("absent*"))
    (tmp_path / "file").write_bytes(b"# Notes\n")
    refused(call("memory", command, "-m", tmp_path / "file"), 3, "not a memory file")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_memory_that_nothing_can_be_read_of(call, memory, refused, command: str) -> None:
    smash(memory)
    before = memory.read_bytes()
    refused(call("memory", command, "-m", memory), 3, "damaged", "backup")
    assert memory.read_bytes()[4096:] == before[4096:]


def test_no_command_loads_the_embedder(process, memory) -> None:
    without = "import sys; sys.modules.update(dict.fromkeys(('onnxruntime', 'tokenizers', 'semantic_text_splitter')))"
    for command in COMMANDS:
        assert process("memory", command, "-m", memory, first=without).code == 0


def test_tidying(call, memory, scripted, home) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('write_back = "always"\n')
    for question in ("Who repairs the feed pump?", "Who  repairs the feed pump?"):
        assert call("ask", question, "--model", "small", "-m", memory).code == 0
    tried = call("memory", "tidy", "-m", memory, "--dry-run")
    assert tried.code == 0, tried
    assert tried.out.startswith("0 unused edges decayed\n")
    assert "1 repeated memories merged" in tried.out
    assert tried.out.endswith("dry run: nothing was changed\n")
    done = call("memory", "tidy", "-m", memory, "--json").json
    assert (done["tidied"]["decayed"], len(done["tidied"]["merged"]), done["summaries"]) == (0, 1, [])
    assert call("memory", "tidy", "-m", memory).out.startswith("0 unused edges decayed\n0 repeated memories")
    assert call("memory", "verify", "-m", memory).code == 0


def test_a_bad_rating_removes_what_the_answer_wrote(call, memory, scripted, home) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('write_back = "always"\n')
    nodes = call("memory", "stats", "-m", memory, "--json").json["nodes"]
    asked = call("ask", "Who repairs the feed pump?", "--model", "small", "-m", memory, "--json").json
    assert call("memory", "stats", "-m", memory, "--json").json["nodes"] == nodes + 1
    assert "removed" not in call("log", "rate", "4", "-m", memory).out
    assert call("log", "rate", asked["request_id"], "down", "-m", memory).out.endswith("is removed\n")
    assert call("memory", "stats", "-m", memory, "--json").json["nodes"] == nodes
    assert call("memory", "verify", "-m", memory).code == 0
    assert call("log", "rate", "down", "-m", memory, "--json").json["removed"] is False


def test_a_bad_rating_says_when_the_memory_holds_nothing_of_the_answer(call, memory, scripted, home) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('write_back = "always"\n')
    nodes = call("memory", "stats", "-m", memory, "--json").json["nodes"]
    call("ask", "Who repairs the feed pump?", "--model", "small", "-m", memory)
    elsewhere = home / MEMORY
    nothing = f"nothing of this answer is in {elsewhere}: if it was remembered elsewhere, name that memory with -m\n"
    assert call("log", "rate", "down").out.endswith(nothing)
    assert not elsewhere.exists()
    memory.rename(elsewhere)
    assert call("log", "rate", "3", "-m", memory).out.endswith(": 3 of 5\n")
    nothing = nothing.replace(str(elsewhere), str(memory))
    assert call("log", "rate", "down", "-m", memory).out.endswith(nothing)
    assert call("log", "rate", "down").out.endswith("is removed\n")
    assert call("memory", "stats", "--json").json["nodes"] == nodes


def test_a_bad_rating_of_an_answer_given_before_removes_the_note_of_that(call, memory, scripted, home) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('write_back = "always"\n')
    nodes = call("memory", "stats", "-m", memory, "--json").json["nodes"]
    for _ in range(2):
        call("ask", "Who repairs the feed pump?", "--model", "small", "-m", memory)
    assert call("memory", "stats", "-m", memory, "--json").json["nodes"] == nodes + 1
    assert call("log", "rate", "down", "-m", memory).out.endswith("is removed\n")
    assert call("memory", "stats", "-m", memory, "--json").json["nodes"] == nodes
    assert call("memory", "verify", "-m", memory).code == 0


def test_a_bad_rating_has_a_kept_answer_made_anew(call, memory, scripted, home) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text("response_cache_bytes = 1048576\n")

    def cached() -> bool:
        return call("ask", "Who is Ada Lind?", "--model", "small", "-m", memory, "--json").json["cached"]

    assert [cached(), cached()] == [False, True]
    assert "response cache" not in call("log", "rate", "4", "-m", memory).out
    assert cached()
    assert "the response cache keeps it no longer" in call("log", "rate", "down", "-m", memory).out
    assert not cached()


def test_summaries_on_request(call, refused, memory, scripted, hash_embedder) -> None:
    with Memory.open(memory, hash_embedder) as opened:
        keys = [node.key for node in opened.write_back([Note(text=f"The kettle of winter {i}.") for i in range(4)])]
        with opened.store.write() as writer:
            writer.add_edges("same_topic", [(a, b, 0.9) for a in keys for b in keys if a < b])
    refused(call("memory", "tidy", "-m", memory, "--model", "small"), 2, "--summaries")
    tidy = ("memory", "tidy", "-m", memory, "--summaries", "--model", "small")
    planned = call(*tidy, "--dry-run")
    assert planned.code == 0, planned
    assert "would summarise 4 notes: " in planned.out
    scripted({"when": "State the facts", "say": ""}, say="not this")
    empty = call(*tidy)
    assert "small wrote nothing" in empty.err
    assert empty.out.endswith("0 summaries written\n")
    scripted({"when": "State the facts", "say": "Five hundred teapots in 1962."}, say="not this")
    invented = call(*tidy)
    assert "is not kept: the notes do not bear it out" in invented.err
    assert invented.out.endswith("0 summaries written\n")
    scripted({"when": "State the facts", "say": "The kettle of winter 1 and of winter 3."}, say="not this")
    (written,) = call(*tidy, "--json").json["summaries"]
    assert (written["text"], len(written["sources"])) == ("The kettle of winter 1 and of winter 3.", 4)
    with Memory.open(memory, hash_embedder) as opened:
        (summary,) = [node for node in opened.nodes(range(1, 20)) if node.type == "summary"]
        assert (summary.id, summary.source) == (written["id"], "agent")
        cited = opened.store.database.execute("SELECT dst FROM edge WHERE src = ? ORDER BY dst", (summary.key,))
        assert [key for (key,) in cited] == keys
    assert call(*tidy).out.endswith("0 summaries written\n")
