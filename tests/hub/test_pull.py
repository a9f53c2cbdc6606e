"""What a pull writes: vectors that come along, edges taken over or drawn, a part of a space, and what it refuses."""

from __future__ import annotations

import datetime
import shutil

import msgspec
import numpy as np
import pytest
from devices import Fleet, found, held
from distinct_embedder import DistinctEmbedder
from hash_embedder import HashEmbedder

from sanderling.errors import HubError, UsageError
from sanderling.hub import apply
from sanderling.hub.search import scanned, search
from sanderling.hub.status import conflict_text, status
from sanderling.hub.sync import sync
from sanderling.hub.tables import rows
from sanderling.hub.tables.space import snapshot
from sanderling.memory import Memory
from sanderling.memory.link.link import Linker
from sanderling.memory.link.removal import remove
from sanderling.privacy_rules import PrivacyRules
from sanderling.records import NodeMetadata

TEXTS = {
    "Feed Pump": "The feed pump stands in the boiler room. Ada Lind mends it every Friday.",
    "Ada Lind": "Ada Lind is the engineer of the station. She was born in Sandhythe Bay.",
    "Boiler": "The boiler of the feed pump is heated with birch from Sandhythe Bay.",
    "Winch": "The winch is greased in spring by the engineer of the station.",
    "Soup": "On Fridays there is lentil soup, says Ada Lind.",
}


class Blind(HashEmbedder):
    """An embedder that must not be needed."""

    def embed(self, texts, on_truncated=None):
        raise AssertionError(f"embedded {texts}")


def fill(memory: Memory, texts: dict[str, str] = TEXTS) -> None:
    for title, text in texts.items():
        memory.add(text, title=title, uri=f"note:{title}")


def drop(memory: Memory, uri: str) -> None:
    remove(memory.store, Linker(memory.store, memory.index), [uri])
    memory.index.catch_up()


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("brought", [False, True])
def test_nothing_is_embedded_and_edges_are_those_of_an_ingest(fleet, monkeypatch, bulk, brought):
    monkeypatch.setattr(apply, "FEW", 0 if bulk else 64)
    fill(fleet.memory("a"))
    fleet.sync("a")
    with fleet.space() as space:
        if not brought:
            rows.forget_drawn(space)
        with Memory.open(fleet.path("b"), Blind()) as memory:
            assert sync(memory, space, PrivacyRules()).pulled == len(TEXTS)
    assert held(fleet.memory("b")) == held(fleet.memory("a"))
    assert found(fleet.memory("b"), "Who mends the feed pump?") == found(fleet.memory("a"), "Who mends the feed pump?")


def test_a_pull_that_was_killed_before_its_edges_draws_them_later(fleet, monkeypatch):
    monkeypatch.setattr(apply, "FEW", 0)
    fill(fleet.memory("a"))
    fleet.sync("a")
    with fleet.space() as space:
        rows.forget_drawn(space)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(apply.Applier, "draw", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        fleet.sync("b")
    assert held(fleet.memory("b")) != held(fleet.memory("a"))
    fleet.sync("b")
    assert held(fleet.memory("b")) == held(fleet.memory("a"))


def test_another_embedder_takes_the_texts(fleet):
    fill(fleet.memory("a"))
    fleet.sync("a")
    with Memory.open(fleet.path("b"), HashEmbedder(dim=96, name="hash-96")) as memory, fleet.space() as space:
        assert sync(memory, space, PrivacyRules()).embedded == len(TEXTS)
        assert memory.search_text("lentil")


def test_a_part_of_the_space_is_kept_up_to_date_and_nothing_else_comes(fleet):
    memory = fleet.memory("a")
    memory.add("The sloop leaks.", uri="note:sloop", metadata=NodeMetadata(domain="boats"))
    memory.add("The oven smokes.", uri="note:oven", metadata=NodeMetadata(tags=("House/Kitchen",)))
    fleet.sync("a")
    assert fleet.sync("b", only="domain=boats").pulled == 1
    memory.add("The sloop is tight.", uri="note:sloop", metadata=NodeMetadata(domain="house"))
    drop(memory, "note:oven")
    fleet.sync("a")
    assert fleet.sync("b", only="domain=boats").pulled == 1
    assert [text for _, _, text in found(fleet.memory("b"), "sloop")] == ["The sloop is tight."]
    memory.add("The oven smokes.", uri="note:oven", metadata=NodeMetadata(tags=("House/Kitchen",)))
    fleet.sync("a")
    assert fleet.sync("b", only="tag=house").pulled == 1
    with pytest.raises(UsageError, match="domain=NAME or tag=NAME"):
        fleet.sync("b", only="boats")


def test_the_same_file_ingested_twice_becomes_one_document_with_one_id(fleet):
    for device in "ab":
        fleet.memory(device).add(TEXTS["Winch"], title="Winch", uri="note:winch")
    for device in "abab":
        fleet.sync(device)
    assert not any(fleet.sync(device).pushed for device in "ab")
    note = fleet.memory("a").give("Greased today.", type="memory", to=["note:winch"])
    fleet.sync("a")
    fleet.sync("b")
    assert held(fleet.memory("b")) == held(fleet.memory("a"))
    assert (f"{note.id} 0", "note:winch 0", "cites", 1.0, "user") in held(fleet.memory("b"))["edges"]
    with fleet.space() as space:
        assert rows.copies(space) == []


def test_the_later_of_two_versions_counts_and_the_other_is_kept(fleet, monkeypatch):
    seconds = iter(range(60))

    def now() -> str:
        return (
            datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=next(seconds))
        ).isoformat()

    monkeypatch.setattr("sanderling.memory.store.writer.now", now)
    fleet.memory("a").add("The winch is red.", uri="note:winch")
    for device in "ab":
        fleet.sync(device)
    fleet.memory("a").add("The winch is green, says A.", uri="note:winch")
    fleet.memory("b").add("The winch is blue, says B.", uri="note:winch")
    for device in "aba":
        fleet.sync(device)
    for device in "ab":
        assert [text for _, _, text in found(fleet.memory(device), "winch")] == ["The winch is blue, says B."]
    with fleet.space() as space:
        state = status(fleet.memory("a").store, space, PrivacyRules())
        (copy,) = state.conflicts
        assert copy.name == "note:winch"
        assert conflict_text(space, copy.id) == "The winch is green, says A."
        assert (state.to_push, state.to_pull) == (0, 0)
        with pytest.raises(UsageError, match="no conflict copy"):
            conflict_text(space, copy.id + 1)


def test_a_change_made_after_a_deletion_is_not_lost_to_it(fleet):
    fill(fleet.memory("a"))
    for device in "ab":
        fleet.sync(device)
    drop(fleet.memory("a"), "note:Winch")
    fleet.memory("b").add("The winch is new.", title="Winch", uri="note:Winch")
    for device in "baba":
        fleet.sync(device)
    assert held(fleet.memory("a")) == held(fleet.memory("b"))
    assert fleet.memory("a").store.document("note:Winch") is not None


def test_a_memory_restored_from_a_backup_deletes_nothing(fleet, tmp_path):
    fleet.memory("a").add(TEXTS["Winch"], uri="note:winch")
    fleet.sync("a")
    fleet.close("a")
    backup = tmp_path / "backup"
    shutil.copy(fleet.path("a"), backup)
    fill(fleet.memory("a"))
    fleet.sync("a")
    fleet.close("a")
    for file in fleet.folder.glob("a.sanderling*"):
        if not file.name.endswith(".hub"):
            file.unlink()
    shutil.copy(backup, fleet.path("a"))
    assert fleet.sync("a").pulled == len(TEXTS)
    assert len(fleet.memory("a")) == len(TEXTS) + 1


def test_damaged_rows_are_refused_in_one_line(fleet):
    fill(fleet.memory("a"))
    fleet.sync("a")
    for column, value in (
        ("payload", b"\xff\xfe"),
        ("payload", msgspec.msgpack.encode(["", "", "", []])),
        ("vectors", b"x"),
        ("vectors", msgspec.msgpack.encode([np.full(64, np.nan, "<f4").tobytes()])),
    ):
        with fleet.owner() as owner:
            (before,) = owner.execute(f"SELECT {column} FROM sanderling.unit WHERE name = 'note:Soup'").fetchone()
            owner.execute(f"UPDATE sanderling.unit SET {column} = %s WHERE name = 'note:Soup'", (value,))
            with pytest.raises(HubError, match="damaged"):
                fleet.sync("b")
            owner.execute(f"UPDATE sanderling.unit SET {column} = %s WHERE name = 'note:Soup'", (before,))
    fleet.sync("b")
    assert held(fleet.memory("b")) == held(fleet.memory("a"))


def test_the_hub_is_searched_by_pgvector_and_by_a_scan(server, tmp_path_factory):
    for pieces in (True, False):
        with Fleet(server, tmp_path_factory.mktemp("fleet"), DistinctEmbedder(), pieces=pieces) as fleet:
            memory = fleet.memory("a")
            fill(memory)
            memory.give("The soup was too hot.", type="memory")
            fleet.sync("a")
            drop(memory, "note:Boiler")
            fleet.sync("a")
            question = memory.embedder.embed(["lentil soup"])[0]
            with fleet.space() as space:
                assert space.pieces is pieces
                near = search(space, memory.embedder.id, question, 3)
                assert near[0].uri == "note:Soup"
                assert [note.node_id for note in near] == [
                    memory.nodes([key])[0].id for key in memory.search(question).keys.tolist()[:3]
                ]
                assert search(space, "another embedder", question, 3) == []
                with snapshot(space):
                    every = scanned(space, f"{memory.embedder.id} {memory.embedder.dim}", question, 100)
                assert len(every) == 5


def test_without_a_network_questions_are_answered_and_nothing_is_lost(fleet, monkeypatch):
    from sanderling.hub.connect import connected

    fill(fleet.memory("a"))
    fleet.sync("a")
    monkeypatch.setenv("SANDERLING_HUB", "host=/nowhere/at-all dbname=notes")
    with pytest.raises(HubError, match="cannot be reached"), connected():
        pass
    assert found(fleet.memory("a"), "lentil soup")[0][0] == "note:Soup"
