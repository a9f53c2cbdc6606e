"""``sanderling search``: what it finds and prints, and how it ends without an answer."""

from __future__ import annotations

import json
import shutil

import pytest

from sanderling.memory import Memory

QUESTION = "Who repairs the feed pump?"


@pytest.fixture
def search(call, memory, words):
    """Search in the memory of the notes."""
    return lambda *arguments, **rest: call("search", *arguments, "-m", memory, **rest)


def titles(found) -> list[str]:
    assert found.code == 0, found
    return [note["title"] for note in found.json]


def test_the_best_note_is_the_first(search, notes) -> None:
    found = search(QUESTION, "--json")
    assert (found.code, found.err, found.out.count("\n")) == (0, "", 1)
    best = found.json[0]
    assert (best["title"], best["uri"], best["position"]) == ("Pump", str(notes / "pump.md"), 0)
    assert "Ada Lind" in best["text"]
    scores = [note["score"] for note in found.json]
    assert scores == sorted(scores, reverse=True)
    assert len({note["node_id"] for note in found.json}) == len(found.json) > 1


def test_for_people(search, notes) -> None:
    found = search(QUESTION)
    assert (found.code, found.err) == (0, "")
    first, excerpt, *_ = found.out.splitlines()
    assert first.startswith("  1  Pump  (score ")
    assert first.endswith(f", {notes / 'pump.md'})")
    assert excerpt == "     # Pump The feed pump is repaired by Ada Lind. See [Ada Lind](ada.md)."


def test_it_finds_what_the_library_finds(search, memory, hash_embedder) -> None:
    from sanderling.stages.embed import embed
    from sanderling.stages.retrieve import retrieve

    with Memory.open(memory, hash_embedder) as opened:
        attended = retrieve(opened, QUESTION, embed(hash_embedder, QUESTION, print)).attended
    found = search(QUESTION, "--json").json
    assert [note["key"] for note in found] == attended.keys.tolist()
    assert [note["score"] for note in found] == pytest.approx(attended.weights.tolist())


def test_a_long_text_is_cut_for_people_only(search, notes, call, memory) -> None:
    (notes / "long.md").write_text("# Winch\n\n" + "The winch is greased. " * 40)
    assert call("ingest", notes, "-m", memory).code == 0
    excerpt = search("winch greased", "-k", 1).out.splitlines()[1]
    assert (len(excerpt), excerpt[-1]) == (5 + 160 + 1, "…")
    assert len(search("winch greased", "-k", 1, "--json").json[0]["text"]) > 800


def test_k(search) -> None:
    every = titles(search(QUESTION, "--json"))
    assert titles(search(QUESTION, "--json", "-k", 1)) == every[:1]
    assert len(search(QUESTION, "-k", 2).out.splitlines()) == 4
    assert titles(search(QUESTION, "--json", "-k", 256)) == every


@pytest.mark.parametrize("k", ["0", "257", "-1", "1.5", "many"])
def test_a_k_out_of_range_is_refused(search, k: str) -> None:
    done = search(QUESTION, "-k", k)
    assert (done.code, done.out) == (2, "")
    assert "from 1 to 256" in done.err


def test_filters(search, call, notes, memory, monkeypatch) -> None:
    (notes / "tagged.md").write_text("---\ntags: [spare]\n---\n# Spare\n\nThe spare pump.")
    assert call("ingest", notes, "-m", memory, "--domain", "plant", "--tag", "north").code == 0
    assert titles(search(QUESTION, "--json", "--tag", "spare")) == ["Spare"]
    assert titles(search(QUESTION, "--json", "--in", notes / "menu.txt")) == ["menu"]
    monkeypatch.chdir(notes)
    assert set(titles(search(QUESTION, "--json", "--in", "menu.txt", "--in", "./ada.md"))) == {"Ada Lind", "menu"}
    options = ("--type", "doc", "--source", "kb", "--domain", "plant", "--since", "2020-01-01", "--until", "2999-01-01")
    assert titles(search(QUESTION, "--json", *options))[0] == "Pump"


def test_a_filter_that_nothing_passes(search, refused) -> None:
    done = search(QUESTION, "--until", "1999-12-31")
    refused(done, 2, "no notes match the filter")
    assert done.out == ""
    assert "no notes match" in search(QUESTION, "--tag", "none", "--json").json["error"]["message"]


def test_the_question_from_standard_input(search) -> None:
    assert titles(search("-", "--json", stdin=f"{QUESTION}\n"))[0] == "Pump"


@pytest.mark.parametrize("question", ["", "  \n"])
def test_an_empty_question(search, refused, question: str) -> None:
    refused(search(question), 2, "the question is empty")
    refused(search("-", stdin=question), 2, "the question is empty")


def test_an_empty_memory_and_none(call, words, tmp_path, hash_embedder, refused) -> None:
    path = tmp_path / "empty.sanderling"
    refused(call("search", QUESTION, "-m", path), 2, "there is no memory", "sanderling ingest")
    Memory.open(path, hash_embedder).close()
    refused(call("search", QUESTION, "-m", path), 2, "holds no notes", "sanderling ingest")


def test_no_model_is_looked_for(process, memory) -> None:
    """Not even where none is installed, and no engine."""
    first = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); sys.modules.update(llama_cpp=None, xllamacpp=None)\n"
        "from hash_embedder import HashEmbedder\n"
        "from sanderling.models import embedder, registry\n"
        "embedder.open_for_memory = lambda *_, **__: embedder.Chosen(HashEmbedder(), '')\n"
        "registry.entries, registry.installed, registry.resolve = dict, None, None\n"
    )
    from pathlib import Path

    done = process(str(Path(__file__).parents[1]), "search", QUESTION, "-m", memory, "--json", first=first)
    assert titles(done)[0] == "Pump"
    assert done.err == ""


def test_the_memory_is_not_changed(search, memory) -> None:
    before = memory.read_bytes()
    assert search(QUESTION).code == 0
    assert memory.read_bytes() == before


def test_a_memory_that_can_only_be_read(search, memory) -> None:
    index = memory.with_name(memory.name + ".idx")
    memory.chmod(0o400)
    index.chmod(0o400)
    try:
        assert titles(search(QUESTION, "--json"))[0] == "Pump"
    finally:
        memory.chmod(0o600)
        index.chmod(0o600)


def test_warnings_of_the_memory_stand_beside_the_result(search, memory) -> None:
    index = memory.with_name(memory.name + ".idx")
    index.write_bytes(index.read_bytes()[:-1])
    done = search(QUESTION, "--json")
    assert titles(done)[0] == "Pump"
    assert "note: " in done.err
    assert "index" in done.err


def test_a_question_too_long_for_the_embedder_is_said(search) -> None:
    done = search("pump " * 2000, "--json")
    assert titles(done)
    assert "only the first" in done.err


def test_a_damaged_memory_names_the_repair(search, memory, refused) -> None:
    whole = memory.with_name("whole")
    shutil.copy(memory, whole)
    import sqlite3

    connection = sqlite3.connect(memory)
    with connection:
        connection.execute("UPDATE node SET tags = '[1]'")
    connection.close()
    refused(search(QUESTION), 3, "sanderling memory repair")
    assert json.loads(search(QUESTION, "--json").out)["error"]["message"]
