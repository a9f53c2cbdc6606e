from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from uuid import RFC_4122, UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.errors import MemoryFileError, StorageFull
from sanderling.memory.store import schema
from sanderling.memory.store.store import Store
from sanderling.memory.store.writer import new_id
from sanderling.records import NodeMetadata


def add(store, unit, uri="a", texts=("one", "two"), title="Title", content_hash="h"):
    with store.write() as writer:
        return writer.add_document(uri, title, content_hash, list(texts), unit(*range(1, len(texts) + 1)))


def test_a_document_comes_back_as_it_was_written(store, unit):
    document, keys = add(store, unit)
    assert store.document("a") == document
    assert (document.title, document.content_hash, document.node_count) == ("Title", "h", 2)
    nodes = store.nodes(reversed(keys))
    assert [(n.key, n.text, n.position, n.title, n.uri) for n in nodes] == [
        (keys[1], "two", 1, "Title", "a"),
        (keys[0], "one", 0, "Title", "a"),
    ]
    assert store.document_nodes(document.key) == keys
    assert len({n.id for n in nodes}) == 2
    assert store.integrity() == ()


def test_a_node_keeps_its_metadata(store, unit):
    metadata = NodeMetadata(
        timestamp="2030-01-01T00:00:00+00:00", tags=("x", "ü"), language="en", domain="ops", score=0.5
    )
    with store.write() as writer:
        key = writer.add_node("answer", unit(1)[0], type="summary", source="agent", title="T", metadata=metadata)
    (node,) = store.nodes([key])
    assert (node.metadata, node.type, node.source, node.uri) == (metadata, "summary", "agent", "")


def test_unknown_keys_are_left_out_and_order_is_kept_over_many(store, unit):
    _, keys = add(store, unit, texts=["t"] * 2500)
    wanted = [keys[2400], 999_999, keys[3]]
    assert [node.key for node in store.nodes(wanted)] == [keys[2400], keys[3]]
    assert len(store.nodes(keys)) == 2500


def test_an_error_inside_a_transaction_undoes_all_of_it(store, unit):
    before = store.generation()
    with pytest.raises(KeyError), store.write() as writer:
        writer.add_document("a", "T", "h", ["one"], unit(1))
        raise KeyError
    assert store.document("a") is None
    assert store.generation() == before
    assert store.search_text("one") == []


def test_each_writing_transaction_raises_the_generation(store, unit):
    seen = [store.generation()]
    for uri in "abc":
        add(store, unit, uri=uri)
        seen.append(store.generation())
    assert seen == sorted(set(seen))


def test_deleting_a_document_takes_everything_with_it(store, unit):
    document, keys = add(store, unit, uri="a")
    _, (other, _) = add(store, unit, uri="b")
    with store.write() as writer:
        writer.add_edges("cites", [(keys[0], other, 1.0), (other, keys[1], 0.5)])
        writer.add_links([(keys[0], "b")])
        writer.delete_document(document.key)
    assert store.nodes(keys) == []
    assert store.edges(other) == []
    assert store.database.execute("SELECT count(*) FROM link")[0][0] == 0
    assert {key for key, _ in store.search_text("one")} == {other}
    assert store.integrity() == ()


def test_keys_are_never_reused(store, unit):
    document, keys = add(store, unit)
    with store.write() as writer:
        writer.delete_document(document.key)
    again, later = add(store, unit)
    assert again.key > document.key
    assert min(later) > max(keys)


def test_edges_are_kept_once_and_take_the_last_weight(store, unit):
    _, (a, b) = add(store, unit)
    with store.write() as writer:
        writer.add_edges("cites", [(a, b, 0.25), (a, b, 0.5)])
        writer.add_edges("invented_here", [(a, b, 2.0)], created_by="user", confidence=0.5)
        writer.add_edges("cites", [(a, 10_000, 1.0), (10_000, b, 1.0)])
    edges = store.edges(a)
    assert [(e.rel, e.weight, e.metadata.created_by, e.metadata.confidence) for e in edges] == [
        ("cites", 0.5, "agent", 1.0),
        ("invented_here", 2.0, "user", 0.5),
    ]
    assert store.stats().edges_by_relation == {"cites": 1, "invented_here": 1}
    relations = dict(store.database.execute("SELECT name, id FROM relation"))
    assert relations == {**schema.RELATIONS, "invented_here": len(schema.RELATIONS)}


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf"), 1e-60, 2.0**-150, 1e300])
def test_a_weight_the_index_cannot_keep_is_refused(store, unit, weight):
    _, (a, b) = add(store, unit)
    with pytest.raises(ValueError, match="positive float32"), store.write() as writer:
        writer.add_edges("cites", [(a, b, weight)])


@pytest.mark.parametrize(
    "vector",
    [np.ones(3, np.float32), np.ones((1, 4), np.float32), np.zeros(4, np.float32), np.full(4, np.nan, np.float32)],
)
def test_a_vector_that_does_not_fit_is_refused_and_nothing_is_written(store, vector):
    with pytest.raises(ValueError, match="vector"), store.write() as writer:
        writer.add_node("text", vector)
    assert store.stats().nodes == 0


def test_a_vector_for_each_text(store, unit):
    with pytest.raises(ValueError, match="2 texts, but 1 vectors"), store.write() as writer:
        writer.add_document("a", "T", "h", ["one", "two"], unit(1))


def test_full_text_finds_title_and_text_and_ranks(store, unit):
    _, (ice, _) = add(store, unit, uri="a", texts=["ice ice core drilling", "weather"], title="Drill")
    _, (_, mention) = add(store, unit, uri="b", texts=["other", "a long note about food where ice is named once"])
    found = store.search_text("Ice?")
    assert [key for key, _ in found] == [ice, mention]
    assert found[0][1] > found[1][1] > 0
    assert len(store.search_text("drill")) == 2


@pytest.fixture(scope="module")
def bare_store(tmp_path_factory):
    store = Store.open(tmp_path_factory.mktemp("bare") / "m", "e", 4)
    yield store
    store.close()


@given(query=st.text() | st.sampled_from(['"', "a OR", "NEAR(", "text:x", "*", "-a", "a" * 100_000, "x y " * 50_000]))
def test_any_text_is_a_valid_query(bare_store, query):
    assert bare_store.search_text(query) == []


def test_a_read_inside_a_transaction_of_another_thread_waits_for_its_end(store, unit):
    inside, seen = threading.Event(), []

    def look():
        inside.wait()
        seen.append(store.document("a"))

    thread = threading.Thread(target=look)
    thread.start()
    with pytest.raises(KeyError), store.write() as writer:
        writer.add_document("a", "T", "h", ["one"], unit(1))
        inside.set()
        thread.join(timeout=0.2)
        assert not seen
        raise KeyError
    thread.join()
    assert seen == [None]


def test_a_transaction_inside_a_transaction_is_a_mistake(store):
    with store.write(), pytest.raises(RuntimeError, match="already open"), store.write():
        pass


# --- opening ---


def test_reopening_finds_what_was_written(tmp_path, unit):
    path = tmp_path / "m"
    store = Store.open(path, "e", 4)
    add(store, unit)
    before = store.stats()
    store.close()
    again = Store.open_existing(path)
    assert again.stats() == before
    assert (before.documents, before.nodes, before.dim, before.embedder_id) == (1, 2, 4, "e")
    again.close()


@pytest.mark.parametrize(("embedder_id", "dim"), [("other", 4), ("e", 5)])
def test_another_embedder_is_refused(tmp_path, embedder_id, dim):
    Store.open(tmp_path / "m", "e", 4).close()
    with pytest.raises(MemoryFileError, match=r"made with embedder e \(dimension 4\)"):
        Store.open(tmp_path / "m", embedder_id, dim)


def test_files_of_other_kinds_are_refused_and_left_alone(tmp_path):
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE t(x)")
    connection.close()
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"not a database at all" * 100)
    for path in (foreign, garbage):
        before = path.read_bytes()
        for opened in (lambda path=path: Store.open(path, "e", 4), lambda path=path: Store.open_existing(path)):
            with pytest.raises(MemoryFileError, match="not a memory file"):
                opened()
        assert path.read_bytes() == before


def test_an_empty_file_becomes_a_memory(tmp_path):
    (tmp_path / "m").touch()
    Store.open(tmp_path / "m", "e", 4).close()
    with closing(Store.open_existing(tmp_path / "m")) as store:
        assert (store.embedder_id, store.dim, store.documents()) == ("e", 4, [])


def test_a_memory_of_a_later_format_is_refused(tmp_path):
    store = Store.open(tmp_path / "m", "e", 4)
    store.database.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(MemoryFileError, match="has format 99"):
        Store.open(tmp_path / "m", "e", 4)


def test_no_memory_and_no_folder(tmp_path):
    with pytest.raises(MemoryFileError, match="sanderling ingest"):
        Store.open_existing(tmp_path / "m")
    with pytest.raises(MemoryFileError, match="folder"):
        Store.open(tmp_path / "absent" / "m", "e", 4)
    with pytest.raises(MemoryFileError):
        Store.open(tmp_path, "e", 4)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only folders")
def test_a_read_only_folder(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(MemoryFileError, match="folder"):
            Store.open(tmp_path / "m", "e", 4)
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_a_locked_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("sanderling.memory.store.database.BUSY_TIMEOUT_MS", 50)
    first, second = Store.open(tmp_path / "m", "e", 4), Store.open(tmp_path / "m", "e", 4)
    with first.write(), pytest.raises(MemoryFileError, match="in use by another process"), second.write():
        pass
    with second.write():
        pass
    first.close()
    second.close()


# --- damage and disasters ---


def test_a_full_disk_undoes_the_transaction_and_keeps_the_rest(tmp_path, unit):
    path = tmp_path / "m"
    store = Store.open(path, "e", 4)
    add(store, unit, uri="kept")
    pages = store.database.execute("PRAGMA page_count")[0][0]
    store.database.execute(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(StorageFull, match="free disk space"):
        add(store, unit, uri="lost", texts=["x" * 5000] * 20)
    assert store.document("lost") is None
    assert store.integrity() == ()
    store.close()
    store = Store.open(path, "e", 4)
    assert store.stats().documents == 1
    add(store, unit, uri="lost")
    store.close()


def test_integrity_names_what_is_wrong(store, unit):
    _, keys = add(store, unit)
    store.database.execute("PRAGMA foreign_keys = OFF")
    store.database.execute("DELETE FROM vector WHERE node = ?", (keys[0],))
    store.database.execute("UPDATE vector SET value = x'00'")
    store.database.execute("UPDATE document SET node_count = 3")
    store.database.execute("INSERT INTO edge VALUES(1, 'e', 1, 777, 0, 1.0, '', 'agent', 1.0)")
    store.database.execute("INSERT INTO node_text(rowid, title, text) VALUES(55, 'ghost', 'ghost')")
    problems = " / ".join(store.integrity())
    for expected in ("without a vector", "wrong length", "not complete", "edge points at", "full-text"):
        assert expected in problems


def test_a_damaged_file_says_so(tmp_path, unit):
    path = tmp_path / "m"
    store = Store.open(path, "e", 4)
    add(store, unit, texts=["word " * 2000] * 8)
    store.close()
    data = bytearray(path.read_bytes())
    data[4096 * 2 :] = b"\xff" * (len(data) - 4096 * 2)
    path.write_bytes(data)
    with pytest.raises(MemoryFileError, match="damaged"):
        Store.open(path, "e", 4).integrity()


def test_an_address_is_of_one_document(store, unit):
    with store.write() as writer:
        writer.add_document("/a", "A", "h", ["text"], unit(1))
        with pytest.raises(ValueError, match="/a is already in the memory"):
            writer.add_document("/a", "B", "i", ["text"], unit(1))
    assert [document.title for document in store.documents()] == ["A"]


def test_ids_are_random_uuids():
    ids = [UUID(new_id()) for _ in range(99)]
    assert len(set(ids)) == 99
    assert {(each.version, each.variant) for each in ids} == {(4, RFC_4122)}
