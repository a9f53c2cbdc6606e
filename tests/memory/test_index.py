from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sanderling import _core, ranges
from sanderling._core import DamageError, InternalError, KeySet, VersionError
from sanderling.memory import index as sync
from sanderling.memory.index import MemoryIndex
from sanderling.memory.store import clustering
from sanderling.memory.store.packed import PRECISIONS, unpack
from sanderling.memory.store.store import Store
from sanderling.records import NodeMetadata, SearchParams

# The index stores v/|v| in float32. Both sides compute it from the same float32 input, each with a few roundings of
# relative error 2^-24 (squares, sum over 4, root, division): 8 * 2^-24 bounds the difference of each component.
TOLERANCE = 8 * 2.0**-24


def assert_nodes_equal(index, store):
    """The index holds exactly the store's nodes and vectors."""
    rows = store.database.execute("SELECT node, value FROM vector")
    assert len(index) == len(rows)
    if rows:
        keys = np.array([key for key, _ in rows], dtype=np.uint64)
        stored = np.stack([unpack(value, store.dim) for _, value in rows]).astype(np.float64)
        expected = stored / np.linalg.norm(stored, axis=1, keepdims=True)
        np.testing.assert_allclose(index._graph.vectors(keys), expected, rtol=0, atol=TOLERANCE)


def assert_equal(index, store):
    """The index holds exactly the store's nodes, vectors and edges. Leaves the index without edges."""
    assert_nodes_equal(index, store)
    edges = store.database.execute("SELECT src, dst, rel FROM edge")
    assert index.edge_count == len(edges)
    if edges:
        src, dst, rel = (np.array(column) for column in zip(*edges, strict=True))
        removed = index._graph.unlink(src.astype(np.uint64), dst.astype(np.uint64), rel.astype(np.uint16))
        assert removed == len(edges)
        assert index.edge_count == 0


def assert_snapshot_equal(store):
    """What a process that starts now would load equals the store."""
    index = MemoryIndex(store)
    assert index.warnings == []
    assert_equal(index, store)


def fill(store, unit, n=3, uri="a"):
    with store.write() as writer:
        _, keys = writer.add_document(uri, "T", "h", ["x"] * n, unit(*range(1, n + 1)))
        writer.add_edges("follows", [(a, b, 1.0) for a, b in pairwise(keys)])
    return keys


def saved(store, unit):
    keys = fill(store, unit)
    index = MemoryIndex(store)
    index.save()
    return keys, index


def test_a_new_memory_has_an_empty_index_and_no_warning(store, unit):
    index = MemoryIndex(store)
    assert (len(index), index.warnings) == (0, [])
    hits = index.search(unit(1)[0], SearchParams(k=5, ef_search=64))
    assert (len(hits.keys), hits.stats.k) == (0, 0)
    attended = index.retrieve(unit(1)[0], SearchParams(k=5)).attended
    assert (len(attended.keys), attended.entropy) == (0, 0.0)


def test_the_index_follows_commits_and_not_what_was_undone(store, unit):
    index = MemoryIndex(store)
    keys = fill(store, unit)
    with pytest.raises(KeyError), store.write() as writer:
        writer.add_node("x", unit(9)[0])
        raise KeyError
    hits = index.search(unit(2)[0], SearchParams(k=3, ef_search=64))
    assert hits.keys[0] == keys[1]
    assert hits.stats.k == len(hits.keys) == 3
    assert (len(index), index.edge_count) == (3, 2)


def test_it_refuses_to_follow_an_open_transaction(store):
    index = MemoryIndex(store)
    with store.write(), pytest.raises(RuntimeError, match="may still be undone"):
        index.catch_up()


def test_a_snapshot_is_loaded_and_what_came_after_it_replayed(store, unit, monkeypatch):
    keys, _ = saved(store, unit)
    with store.write() as writer:
        writer.delete_edges("follows", [(keys[0], keys[1])])
        writer.add_edges("follows", [(keys[1], keys[2], 0.5)])
    with store.write() as writer:
        writer.delete_document(store.document("a").key)
    fill(store, unit, n=4, uri="b")

    def refuse(*_, **__):
        raise AssertionError("rebuilt")

    monkeypatch.setattr(MemoryIndex, "_rebuild", refuse)
    assert_snapshot_equal(store)


def test_saving_prunes_the_change_log_and_an_unchanged_index_is_not_saved_again(store, unit):
    _, index = saved(store, unit)
    assert store.database.execute("SELECT count(DISTINCT generation) FROM change")[0][0] == 1
    index.path.unlink()
    index.save()
    assert not index.path.exists()
    fill(store, unit, uri="b")
    index.save()
    assert index.path.exists()


def test_many_new_nodes_are_saved_without_being_asked(store, unit, monkeypatch):
    monkeypatch.setattr(sync, "SAVE_EVERY_NODES", 5)
    index = MemoryIndex(store)
    fill(store, unit, n=4, uri="a")
    index.catch_up()
    assert not index.path.exists()
    fill(store, unit, n=4, uri="b")
    index.catch_up()
    assert index.path.exists()
    index.path.unlink()
    MemoryIndex(store)
    assert index.path.exists()


def test_a_deleted_index_loses_nothing(store, unit):
    _, index = saved(store, unit)
    index.path.unlink()
    index = MemoryIndex(store)
    assert "index was missing: rebuilt from the memory, 3 nodes" in index.warnings[0]
    assert_equal(index, store)


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :],
        lambda data: b"x" * len(data),
    ],
    ids=["empty", "half", "short", "flipped", "foreign"],
)
def test_a_damaged_index_is_rebuilt_and_said_so(store, unit, harm):
    _, index = saved(store, unit)
    index.path.write_bytes(harm(index.path.read_bytes()))
    index = MemoryIndex(store)
    assert "index was damaged (" in index.warnings[0]
    assert "rebuilt from the memory, 3 nodes, took" in index.warnings[0]
    index.save()
    assert_snapshot_equal(store)


def test_an_index_of_another_dimension_is_rebuilt(store, unit):
    _, index = saved(store, unit)
    _core.GraphMemory(5).save(index.path, store.generation())
    index = MemoryIndex(store)
    assert "belonged to another memory" in index.warnings[0]
    assert_equal(index, store)


def test_an_index_that_is_whole_but_wrong_is_rebuilt(store, unit):
    _, index = saved(store, unit)
    _core.GraphMemory(4, precision="int16").save(index.path, store.generation())
    index = MemoryIndex(store)
    assert "disagreed" in index.warnings[0]
    assert_equal(index, store)


def test_an_index_of_another_precision_is_rebuilt(store, unit):
    _, index = saved(store, unit)
    _core.GraphMemory(4).save(index.path, store.generation())
    index = MemoryIndex(store)
    assert "kept its vectors in float32" in index.warnings[0]
    assert_equal(index, store)


def test_an_index_keeps_what_the_memory_keeps(tmp_path):
    vectors = np.random.default_rng(1).normal(size=(200, 70)).astype(np.float32)
    sizes = {}
    for precision in PRECISIONS:
        store = Store.open(tmp_path / precision, "test-70", 70, precision)
        with store.write() as writer:
            writer.add_document("a", "T", "h", ["x"] * 200, vectors)
        index = MemoryIndex(store)
        index.save()
        kept = np.stack([unpack(value, 70) for (value,) in store.database.execute("SELECT value FROM vector")])
        units = kept.astype(np.float64) / np.linalg.norm(kept.astype(np.float64), axis=1, keepdims=True)
        # What is packed is in the index's own steps already: a rounding of float32 is all that is added.
        np.testing.assert_allclose(index.vectors(np.arange(1, 201, dtype=np.uint64)), units, rtol=0, atol=TOLERANCE)
        sizes[precision] = index.path.stat().st_size
        store.close()
    # 200 rows of 70 float32, and of 128 bytes of residuals.
    assert sizes["float32"] - sizes["int16"] == pytest.approx(200 * (280 - 128), rel=0.05)


def test_a_copy_that_went_its_own_way_is_told_from_the_original(store, unit, tmp_path):
    fill(store, unit)
    store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(store.path, tmp_path / "copy")
    copy = Store.open(tmp_path / "copy", "test-4", 4)
    # As many transactions on either side: equal counts, different content.
    fill(store, unit, n=2, uri="b")
    fill(copy, lambda *seeds: unit(*(seed + 50 for seed in seeds)), n=2, uri="c")
    theirs = MemoryIndex(copy)
    theirs.save()
    copy.close()
    shutil.copy(theirs.path, store.path.with_name(store.path.name + ".idx"))
    index = MemoryIndex(store)
    assert "another state of the memory" in index.warnings[0]
    assert_equal(index, store)


def test_a_refused_snapshot_is_removed_at_once(store, unit):
    _, index = saved(store, unit)
    index.path.write_bytes(b"garbage")
    MemoryIndex(store)
    assert not index.path.exists()


def test_a_second_process_sees_commits_and_survives_the_pruning_of_the_log(store, unit):
    theirs = Store.open_existing(store.path)
    ours, their_index = MemoryIndex(store), MemoryIndex(theirs)
    keys = fill(store, unit, uri="a")
    assert set(their_index.search(unit(1)[0], SearchParams(k=10, ef_search=64)).keys) == set(keys)
    fill(store, unit, uri="b")
    ours.catch_up()
    fill(store, unit, uri="c")
    ours.save()
    assert len(their_index.search(unit(1)[0], SearchParams(k=10, ef_search=64)).keys) == 9
    assert their_index.warnings == []
    assert_equal(their_index, theirs)
    theirs.close()


def test_a_snapshot_that_cannot_be_written_is_a_warning(store, unit):
    fill(store, unit)
    index = MemoryIndex(store)
    index.path.mkdir()
    index.save()
    assert "could not be saved" in index.warnings[-1]
    assert store.has_generation(index._generation)


class IndexEqualsStore(RuleBasedStateMachine):
    """Any mix of writes, failures, saves and restarts leaves the index equal to the store."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "m"
        self.store = Store.open(self.path, "test", 4)
        self.index = MemoryIndex(self.store)
        self.seed = 0

    def teardown(self):
        self.store.close()
        self.folder.cleanup()

    def keys(self):
        return [row[0] for row in self.store.database.execute("SELECT key FROM node ORDER BY key")]

    def vectors(self, n):
        self.seed += 1
        return np.random.default_rng(self.seed).normal(size=(n, 4)).astype(np.float32)

    @rule(n=st.integers(0, 4))
    def add_document(self, n):
        with self.store.write() as writer:
            writer.add_document(f"d{self.seed}-{self.store.generation()}", "T", "h", ["x"] * n, self.vectors(n))

    @rule(pick=st.integers(0), fail=st.booleans())
    def delete_document(self, pick, fail):
        documents = self.store.documents()
        if documents:
            try:
                with self.store.write() as writer:
                    writer.delete_document(documents[pick % len(documents)].key)
                    if fail:
                        raise KeyError
            except KeyError:
                pass

    @rule(pairs=st.lists(st.tuples(st.integers(0), st.integers(0), st.sampled_from(["cites", "x", "y"]))))
    def add_edges(self, pairs):
        keys = self.keys()
        with self.store.write() as writer:
            for a, b, rel in pairs:
                if keys:
                    writer.add_edges(rel, [(keys[a % len(keys)], keys[b % len(keys)], 0.5)])

    @rule(share=st.integers(1, 3))
    def delete_edges(self, share):
        edges = self.store.database.execute("SELECT src, dst FROM edge WHERE rel = 0")
        with self.store.write() as writer:
            writer.delete_edges("cites", edges[::share])

    @rule()
    def change_a_vector(self):
        with self.store.write():
            self.store.database.execute(
                "UPDATE vector SET value = ? WHERE node = (SELECT max(node) FROM vector)",
                (self.vectors(1)[0].tobytes(),),
            )

    @rule()
    def search(self):
        found = self.index.search(np.ones(4, np.float32), SearchParams(k=1000, ef_search=1000))
        assert set(found.keys.tolist()) <= set(self.keys())

    @rule()
    def save(self):
        self.index.save()

    @rule(orderly=st.booleans(), lose_index=st.booleans())
    def restart(self, orderly, lose_index):
        if orderly:
            self.index.save()
        self.store.close()
        if lose_index:
            self.index.path.unlink(missing_ok=True)
        self.store = Store.open_existing(self.path)
        self.index = MemoryIndex(self.store)

    @invariant()
    def a_fresh_reader_equals_the_store(self):
        assert_equal(MemoryIndex(self.store), self.store)
        self.index.catch_up()
        assert_nodes_equal(self.index, self.store)
        assert self.index.edge_count == self.store.stats().edges


TestIndexEqualsStore = IndexEqualsStore.TestCase
TestIndexEqualsStore.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_vector_that_turns_out_to_be_damaged_is_never_used(tmp_path, precision):
    vectors = np.random.default_rng(0).normal(size=(300, 64)).astype(np.float32)
    last = vectors[-1].astype(np.float64)
    store = Store.open(tmp_path / "notes.sanderling", "test-64", 64, precision)
    with store.write() as writer:
        writer.add_document("a", "T", "h", ["x"] * 300, vectors)
    index = MemoryIndex(store)
    index.save()
    del index
    data = bytearray(sync.index_path(store.path).read_bytes())
    needle = (last / np.sqrt((last * last).sum())).astype("<f4")[:4].tobytes()
    if precision == "int16":
        # The residuals: what the nearest of 127 steps leaves of the value, in 254 steps to each.
        codes = last * 127 / np.abs(last).max()
        needle = np.rint((codes - np.rint(codes)) * 254).astype(np.int8)[:8].tobytes()
    at = data.rfind(needle)
    assert at > 0
    data[at] ^= 1
    # A file of its own: what is mapped must not change under whoever has it.
    sync.index_path(store.path).unlink()
    sync.index_path(store.path).write_bytes(data)

    index = MemoryIndex(store)
    assert index.warnings == []
    assert index.search(vectors[-1], SearchParams(k=1, ef_search=64)).keys[0] == 300
    assert len(index.warnings) == 1 and "was damaged (checksum" in index.warnings[0]
    assert_nodes_equal(index, store)
    index.save()
    assert MemoryIndex(store).warnings == []
    store.close()


def test_every_node_of_many_domains_is_found(store, unit):
    # Twelve domains of one node each: more than any search that looked at a few of them would see.
    with store.write() as writer:
        for at in range(12):
            writer.add_document(f"{at}", "T", "h", ["x"], unit(at), metadata=NodeMetadata(domain=f"d{at}"))
    index = MemoryIndex(store)
    assert sorted(index.search(unit(5)[0], SearchParams()).keys.tolist()) == list(range(1, 13))
    assert len(index.search(unit(5)[0], SearchParams(), KeySet(np.array([3, 9, 4711], np.uint64))).keys) == 2
    index.save()
    assert len(MemoryIndex(store).search(unit(5)[0], SearchParams()).keys) == 12


@pytest.mark.parametrize(("version", "age"), [(1, "an older"), (99, "a newer")])
def test_an_index_of_another_format_is_rebuilt_and_not_called_damaged(store, unit, version, age):
    saved(store, unit)
    path = sync.index_path(store.path)
    data = bytearray(path.read_bytes())
    data[8] = version
    path.unlink()
    path.write_bytes(data)
    index = MemoryIndex(store)
    assert f"was of another version (format version {version} of {age} sanderling" in index.warnings[0]
    assert_equal(index, store)


class Failing:
    """An index that fails in every call."""

    def __init__(self, error):
        self.error = error

    def __getattr__(self, name):
        def fail(*_, **__):
            raise self.error

        return fail


@pytest.mark.parametrize("error", [InternalError("a panic"), VersionError("9"), ValueError("k"), OSError("disk")])
def test_nothing_but_damage_leads_to_a_rebuild(store, unit, error):
    _, index = saved(store, unit)
    before = sync.index_path(store.path).read_bytes()
    index._graph = Failing(error)
    with pytest.raises(type(error)):
        index.search(unit(1)[0], SearchParams(k=1, ef_search=8))
    assert not any("damaged" in warning for warning in index.warnings)
    assert sync.index_path(store.path).read_bytes() == before
    index._graph = Failing(DamageError("checksum"))
    assert index.search(unit(1)[0], SearchParams(k=1, ef_search=8)).stats.k == 1
    assert "was damaged (checksum): rebuilt" in index.warnings[-1]


def test_a_bug_at_open_is_no_reason_for_a_rebuild(store, unit, monkeypatch):
    saved(store, unit)
    before = sync.index_path(store.path).read_bytes()

    class Broken:
        @staticmethod
        def load(path):
            raise InternalError("a panic")

    monkeypatch.setattr(sync._core, "GraphMemory", Broken)
    with pytest.raises(InternalError):
        MemoryIndex(store)
    assert sync.index_path(store.path).read_bytes() == before


def test_a_pipe_in_the_place_of_the_index_is_not_waited_for(store, unit):
    saved(store, unit)
    path = sync.index_path(store.path)
    path.unlink()
    os.mkfifo(path)
    index = MemoryIndex(store)
    assert "rebuilt" in index.warnings[0] and "damaged" not in index.warnings[0]
    assert_equal(index, store)


def test_a_large_index_becomes_clusters_and_follows_the_store_as_before(tmp_path, monkeypatch):
    monkeypatch.setattr(clustering, "CLUSTERS_FROM_NODES", 200)
    random = np.random.default_rng(5)

    def more(store, uri, n):
        with store.write() as writer:
            vectors = random.standard_normal((n, 64)).astype(np.float32)
            document, keys = writer.add_document(uri, "T", "h", ["x"] * n, vectors)
            writer.add_edges("follows", [(a, b, 1.0) for a, b in pairwise(keys)])
        return document

    with closing(Store.open(tmp_path / "m.sanderling", "test-64", 64)) as store:
        more(store, "a", 150)
        index = MemoryIndex(store)
        assert index.clusters == 0
        document = more(store, "b", 150)
        index.catch_up()
        assert index.clusters == 34 and index.probes(0) == 16 and index.probes(500) == 34
        index.save()
        again = MemoryIndex(store)
        assert (again.warnings, again.clusters, again.edge_count) == ([], 34, 298)
        more(store, "c", 50)
        with store.write() as writer:
            writer.delete_document(document.key)
        for each in (index, again):
            each.catch_up()
            assert_nodes_equal(each, store)
            assert each.edge_count == 149 + 49
        found = again.search(random.standard_normal(64).astype(np.float32), SearchParams(k=100, nprobe=2))
        assert len(found.keys) == 100
        again.save()
        assert_snapshot_equal(store)


def test_the_memory_says_whether_its_index_is_a_graph_or_clusters(tmp_path, monkeypatch):
    monkeypatch.setattr(clustering, "CLUSTERS_FROM_NODES", 200)
    monkeypatch.setattr(ranges, "CLUSTERED", ranges.Range(10, 1_000_000))
    random = np.random.default_rng(7)
    with closing(Store.open(tmp_path / "m.sanderling", "test-64", 64)) as store:

        def opened(choice):
            clustering.choose(store.database, choice)
            index = MemoryIndex(store)
            assert_nodes_equal(index, store)
            index.save()
            return index.clusters, bool(index.warnings)

        with store.write() as writer:
            vectors = random.standard_normal((300, 64)).astype(np.float32)
            _, keys = writer.add_document("a", "T", "h", ["x"] * 300, vectors)
            writer.add_edges("follows", [(a, b, 1.0) for a, b in pairwise(keys)])
        assert opened("off") == (0, True), "it is built for the first time"
        assert opened("off") == (0, False)
        assert opened("auto") == (34, False), "formed of the graph that is there"
        assert opened(400) == (34, False), "a few nodes less do not make a graph of it"
        assert opened("off") == (0, True)
        assert opened(100) == (34, False)
        assert opened(601) == (0, True)
        for wrong in (9, "never"):
            with pytest.raises(ValueError, match="clusters"):
                clustering.choose(store.database, wrong)
        assert clustering.chosen(store.database) == 601
        for said in ("", "-5", "x" * 100, "9" * 100):
            with store.database.transaction("IMMEDIATE"):
                store.database.execute("UPDATE meta SET value = ? WHERE key = 'clusters'", (said,))
            assert clustering.clusters_from(store.database) == 200, "as if nothing had been said"
