"""The seam of the graph memory: what goes in, what comes out, what is refused and in which words."""

import signal
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest

from sanderling._core import (
    Attention,
    CoreError,
    DamageError,
    FastGrnn,
    GraphMemory,
    InternalError,
    KeySet,
    VersionError,
)
from sanderling.memory.retrieve.training.export import to_bytes
from sanderling.memory.retrieve.training.network import initial
from sanderling.records import SearchParams

DIM = 24


def unit(n: int, seed: int, dim: int = DIM) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((n, dim), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def keys(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


@pytest.fixture
def memory() -> GraphMemory:
    memory = GraphMemory(DIM, seed=3)
    memory.insert(np.arange(1, 201, dtype=np.uint64), unit(200, seed=1))
    return memory


def test_search_equals_brute_force(memory: GraphMemory) -> None:
    rows, query = unit(200, seed=1), unit(1, seed=2)[0]
    found = memory.search(query, SearchParams(k=10, ef_search=200))
    expected = np.argsort(-(rows @ query))[:10]
    assert found.keys.dtype == np.uint64
    assert found.distances.dtype == np.float32
    assert (found.keys == expected + 1).all()
    # A dot product of DIM terms of unit vectors is off by at most about DIM half-ulps on either side.
    np.testing.assert_allclose(found.distances, 1 - rows[expected] @ query, atol=2 * DIM * 2.0**-24)
    assert found.min_distance == pytest.approx(found.distances[0])
    assert found.max_distance == pytest.approx(found.distances[-1])
    assert found.mean_distance == pytest.approx(found.distances.mean(), rel=1e-5)
    assert found.std_distance == pytest.approx(found.distances.std(), rel=1e-3)


def test_few_vectors_are_compared_whole(memory: GraphMemory) -> None:
    query = unit(1, seed=2)[0]
    assert memory.search(query, SearchParams(k=10, ef_search=64)).exact
    assert not memory.search(query, SearchParams(k=10, ef_search=10)).exact


def test_only_allowed_keys_are_found(memory: GraphMemory) -> None:
    query = unit(1, seed=2)[0]
    allowed = KeySet(keys(3, 5, 150, 9999, 5))
    assert len(allowed) == 4
    assert 5 in allowed
    assert 4 not in allowed
    order = memory.search(query, SearchParams(k=200)).keys.tolist()
    assert memory.search(query, SearchParams(k=10), allowed=allowed).keys.tolist() == [
        key for key in order if key in allowed
    ]
    assert len(memory.search(query, SearchParams(k=10), allowed=KeySet(keys())).keys) == 0


def test_threads_change_nothing_and_rerank_measures_exactly() -> None:
    rows, query = unit(1500, seed=1, dim=96), unit(1, seed=2, dim=96)[0]
    one, two = GraphMemory(96), GraphMemory(96)
    one.insert(np.arange(1500, dtype=np.uint64), rows)
    two.insert(np.arange(1500, dtype=np.uint64), rows, threads=2)
    for rerank in (None, 5, 30):
        a, b = (memory.search(query, SearchParams(k=20, ef_search=40), rerank=rerank) for memory in (one, two))
        assert not a.exact
        assert (a.keys == b.keys).all()
        assert (np.diff(a.distances) >= 0).all()
        # A dot product of 96 terms of unit vectors, taken twice.
        np.testing.assert_allclose(a.distances, 1 - rows[a.keys.astype(int)] @ query, atol=2 * 96 * 2.0**-24)


def test_len_contains_delete_replace(memory: GraphMemory) -> None:
    assert len(memory) == 200
    assert 7 in memory
    assert memory.delete(keys(7, 9, 4711)) == 2
    assert 7 not in memory
    assert len(memory) == 198
    replacement = unit(1, seed=5)
    memory.insert(keys(9), replacement)
    assert memory.search(replacement[0], SearchParams(k=1)).keys[0] == 9
    np.testing.assert_allclose(memory.vectors(keys(9)), replacement, atol=2.0**-22)


def test_empty_memory_finds_nothing() -> None:
    empty = GraphMemory(DIM)
    assert len(empty.search(unit(1, 0)[0], SearchParams(k=5)).keys) == 0
    assert len(empty.attend(unit(1, 0)[0], keys(), SearchParams()).weights) == 0


def test_attention_weighs_the_neighbourhood(memory: GraphMemory) -> None:
    query = unit(1, seed=2)[0]
    hits = memory.search(query, SearchParams(k=5)).keys
    far = int(memory.search(-query, SearchParams(k=1)).keys[0])
    memory.link(hits[:1], keys(far), np.array([0], dtype=np.uint16), np.array([1], dtype=np.float32))
    alone = memory.attend(query, hits, SearchParams(hops=0))
    joined = memory.attend(query, hits, SearchParams(hops=1), attention=Attention.prior(1))
    assert alone.depth_touched == 0
    assert joined.depth_touched == 1
    assert set(joined.keys.tolist()) == {*hits.tolist(), far}
    assert joined.weights.sum() == pytest.approx(1, abs=len(joined.weights) * 2.0**-24)
    assert (np.diff(joined.weights) <= 0).all()
    assert 0 < joined.entropy <= np.log(len(joined.weights)) + 1e-6
    assert memory.unlink(hits[:1], keys(far), np.array([0], dtype=np.uint16)) == 1
    assert memory.edge_count == 0


def chained(memory: GraphMemory) -> None:
    at = np.arange(1, 200, dtype=np.uint64)
    memory.link(at, at + np.uint64(1), np.zeros(199, np.uint16), np.linspace(0.2, 1, 199, dtype=np.float32))


@pytest.mark.parametrize("attention", [None, Attention.prior(2)])
def test_retrieve_is_search_then_attend(memory: GraphMemory, attention: Attention | None) -> None:
    chained(memory)
    query = unit(1, seed=2)[0]
    params = SearchParams(k=5, ef_search=32, hops=2, max_nodes=20)
    found = memory.retrieve(query, params, attention=attention)
    hits = memory.search(query, params)
    attended = memory.attend(query, hits.keys, params, attention=attention)
    assert (found.hits.keys == hits.keys).all()
    assert (found.hits.distances == hits.distances).all()
    assert (found.attended.keys == attended.keys).all()
    assert (found.attended.weights == attended.weights).all()
    assert found.attended.entropy == attended.entropy
    assert found.attended.depth_touched == attended.depth_touched > 0


def test_only_the_allowed_are_retrieved(memory: GraphMemory) -> None:
    chained(memory)
    allowed = KeySet(np.arange(50, 100, dtype=np.uint64))
    found = memory.retrieve(unit(1, seed=2)[0], SearchParams(k=5), allowed=allowed)
    assert 5 < len(found.attended.keys) <= 50
    assert all(key in allowed for key in found.attended.keys.tolist())


def test_attention_that_is_set_is_the_one_for_none(memory: GraphMemory) -> None:
    chained(memory)
    query = unit(1, seed=2)[0]
    two = Attention.prior(2)
    before = memory.retrieve(query, SearchParams(k=5), attention=two)
    memory.set_attention(two)
    after = memory.retrieve(query, SearchParams(k=5))
    assert (after.attended.weights == before.attended.weights).all()
    assert (memory.attend(query, after.hits.keys, SearchParams()).weights == before.attended.weights).all()


def test_an_empty_memory_retrieves_nothing() -> None:
    found = GraphMemory(DIM).retrieve(unit(1, 0)[0], SearchParams())
    assert len(found.hits.keys) == len(found.attended.keys) == 0


def test_snapshot_round_trip(memory: GraphMemory, tmp_path: Path) -> None:
    memory.link(keys(1), keys(2), np.array([3], dtype=np.uint16), np.array([0.5], dtype=np.float32))
    memory.save(tmp_path / "a.idx", 42)
    loaded, generation = GraphMemory.load(tmp_path / "a.idx")
    query = unit(1, seed=8)[0]
    assert generation == 42
    assert loaded.edge_count == 1
    assert (loaded.search(query, SearchParams(k=20)).keys == memory.search(query, SearchParams(k=20)).keys).all()


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b"x" + b[1:], lambda b: b[:99] + b"\xff" + b[100:]])
def test_damaged_snapshot_is_a_damage_error(memory: GraphMemory, tmp_path: Path, damage) -> None:
    path = tmp_path / "a.idx"
    memory.save(path, 1)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamageError):
        GraphMemory.load(path)


def framed(magic: bytes, version: int, body: bytes) -> bytes:
    data = magic + struct.pack("<IQ", version, len(body)) + body
    return data + struct.pack("<I", zlib.crc32(data))


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


# Each class of error of the core, by what a caller can do to see it; those that no caller can are in error.rs.
CLASSES = {
    "another dimension": (TypeError, lambda m, p: m.search(np.ones(5, np.float32), SearchParams())),
    "lengths": (ValueError, lambda m, p: m.insert(keys(1), unit(2, 0))),
    "not finite": (ValueError, lambda m, p: m.search(np.full(DIM, np.nan, np.float32), SearchParams())),
    "zero": (ValueError, lambda m, p: m.search(np.zeros(DIM, np.float32), SearchParams())),
    "a parameter": (ValueError, lambda m, p: m.search(np.ones(DIM, np.float32), SearchParams(k=0))),
    "unknown key": (KeyError, lambda m, p: m.vectors(keys(999))),
    "another kind": (DamageError, lambda m, p: GraphMemory.load(written(p, b"SQLite format 3"))),
    "cut short": (DamageError, lambda m, p: GraphMemory.load(written(p, b"SNDRMEM\0\x04\0\0\0"))),
    "checksum": (DamageError, lambda m, p: GraphMemory.load(written(p, b"SNDRMEM\0\x04\0\0\0" + bytes(99)))),
    "broken content": (DamageError, lambda m, p: Attention.from_bytes(framed(b"SNDRATTN", 2, bytes(32)))),
    "newer snapshot": (VersionError, lambda m, p: GraphMemory.load(written(p, b"SNDRMEM\0\x63\0\0\0" + bytes(99)))),
    "newer attention": (VersionError, lambda m, p: Attention.from_bytes(framed(b"SNDRATTN", 99, b""))),
    "older router": (VersionError, lambda m, p: FastGrnn.from_bytes(framed(b"SNDRGRNN", 1, b""))),
    "a folder": (OSError, lambda m, p: GraphMemory.load(p.parent)),
    "a device": (OSError, lambda m, p: GraphMemory.load("/dev/zero")),
    "absent": (OSError, lambda m, p: GraphMemory.load(p / "none")),
}


@pytest.mark.parametrize("case", CLASSES)
def test_each_error_has_its_class(memory: GraphMemory, tmp_path: Path, case: str) -> None:
    expected, cause = CLASSES[case]
    with pytest.raises(expected) as caught:
        cause(memory, tmp_path / "x.idx")
    assert type(caught.value) in {expected, *expected.__subclasses__()}
    assert "\n" not in str(caught.value)


def test_damage_version_and_bugs_are_core_errors_and_none_is_another() -> None:
    classes = {DamageError, VersionError, InternalError}
    assert {each.__bases__ for each in classes} == {(CoreError,)}
    assert {each.__module__ for each in classes} == {"sanderling._core"}


def test_absent_snapshot_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        GraphMemory.load(tmp_path / "none.idx")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.search(np.zeros(DIM), SearchParams()), r"query: .*float32\[24\], got float64 of shape \[24\]"),
        (lambda m: m.search(np.ones(5, np.float32), SearchParams()), r"float32\[24\], got float32 of shape \[5\]"),
        (lambda m: m.search([0.0] * DIM, SearchParams()), r"got list"),
        (lambda m: m.search(np.ones(DIM, np.float32), SearchParams(), allowed=keys(1)), "KeySet"),
        (
            lambda m: m.search(np.ones(DIM, np.float32), 10),
            "expected a SearchParams, got int\nwhile processing 'params'",
        ),
        (lambda m: m.insert(np.array([1]), unit(1, 0)), r"keys: .*uint64\[n\], got int64"),
        (lambda m: m.insert(keys(1), unit(1, 0, 23)), r"vectors: .*float32\[n, 24\], got float32 of shape \[1, 23\]"),
        (lambda m: m.insert(keys(1), unit(48, 0)[::2][:1, ::-1]), "not C-contiguous"),
    ],
)
def test_wrong_arrays_are_type_errors_that_name_the_shape(memory: GraphMemory, call, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        call(memory)
    assert len(memory) == 200


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.array([[np.nan] * DIM], np.float32), "vector 0 holds NaN"),
        (np.array([[np.inf] * DIM], np.float32), "NaN or infinity"),
        (np.zeros((1, DIM), np.float32), "all zero"),
        (np.ones((2, DIM), np.float32), "expected"),
    ],
)
def test_unusable_values_are_value_errors_and_change_nothing(memory: GraphMemory, rows, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        memory.insert(keys(500), rows)
    assert len(memory) == 200
    assert 500 not in memory


def test_unknown_keys(memory: GraphMemory) -> None:
    with pytest.raises(KeyError, match="999"):
        memory.vectors(keys(999))
    with pytest.raises(KeyError, match="999"):
        memory.link(keys(1), keys(999), np.array([0], dtype=np.uint16), np.array([1], dtype=np.float32))


@pytest.mark.parametrize("arguments", [{"m": 1}, {"m": 10**6}, {"ef_construction": 0}, {"metric": "hamming"}])
def test_parameters_out_of_range(arguments) -> None:
    with pytest.raises(ValueError):
        GraphMemory(DIM, **arguments)


def test_other_threads_run_during_insert() -> None:
    memory = GraphMemory(DIM)
    stop, ticks = threading.Event(), 0

    def count() -> None:
        nonlocal ticks
        while not stop.is_set():
            ticks += 1
            stop.wait(0.0005)

    counter = threading.Thread(target=count)
    counter.start()
    before = ticks
    memory.insert(np.arange(4000, dtype=np.uint64), unit(4000, seed=1))
    during = ticks - before
    stop.set()
    counter.join()
    # With the GIL held for the whole insert the counter could not advance at all.
    assert during > 10


def test_ctrl_c_stops_an_insert_and_leaves_the_memory_whole() -> None:
    script = """
import numpy as np, os, signal, threading, time
from sanderling._core import GraphMemory
from sanderling.records import SearchParams
rows = np.random.default_rng(0).standard_normal((200_000, 64), dtype=np.float32)
memory = GraphMemory(64)
# Tests that run in the background inherit that Ctrl-C is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
def press():
    while not len(memory):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press).start()
try:
    memory.insert(np.arange(len(rows), dtype=np.uint64), rows)
except KeyboardInterrupt:
    n = len(memory)
    assert 0 < n < len(rows), n
    assert memory.search(rows[0], SearchParams(k=1)).keys[0] == 0
    print("stopped")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "stopped", done.stderr
    assert done.returncode != -signal.SIGINT


def test_cosines():
    random = np.random.default_rng(0)
    vectors = random.normal(0, 1, (5, 8)).astype(np.float32)
    memory = GraphMemory(8)
    keys = np.arange(1, 6, dtype=np.uint64)
    memory.insert(keys, vectors)
    queries = np.concatenate([random.normal(0, 3, (2, 8)), np.zeros((1, 8))]).astype(np.float32)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = queries @ units.T
    expected[:2] /= np.linalg.norm(queries[:2], axis=1, keepdims=True)
    # Sums of eight products of numbers below 1, and two lengths: some 20 roundings of 2^-24.
    np.testing.assert_allclose(memory.cosines(queries, keys), expected, atol=2e-6)
    assert memory.cosines(queries[:0], keys).shape == (0, 5)
    with pytest.raises(KeyError):
        memory.cosines(queries, keys + 1)
    with pytest.raises(TypeError, match=r"float32\[n, 8\]"):
        memory.cosines(queries[:, :7].copy(), keys)
    with pytest.raises(ValueError):
        memory.cosines(np.full((1, 8), np.nan, np.float32), keys)


def slow_page_rank(edges, seeds):
    """Return the limit of personalised PageRank by a matrix, from the equation in ``graph/page_rank.rs``."""
    weights = np.zeros((len(seeds), len(seeds)))
    for src, dst, weight in edges:
        weights[src, dst] += weight
        weights[dst, src] += weight if src != dst else 0
    start, out = seeds / seeds.sum(), weights.sum(axis=1, keepdims=True)
    share = np.where(out > 0, weights / np.where(out > 0, out, 1), start)
    return np.linalg.solve(np.eye(len(seeds)) - 0.5 * share.T, 0.5 * start)


@pytest.mark.parametrize("seed", range(5))
def test_page_rank_against_the_matrix(seed):
    random = np.random.default_rng(seed)
    nodes = 30
    memory = GraphMemory(2)
    keys = random.permutation(nodes).astype(np.uint64) + 5
    memory.insert(keys, random.normal(size=(nodes, 2)).astype(np.float32))
    src, dst = random.integers(0, nodes, (2, 40))
    rel = np.arange(40, dtype=np.uint16)
    weight = random.uniform(0.1, 2, 40).astype(np.float32)
    memory.link(keys[src], keys[dst], rel, weight)
    # Of some nodes only, in another order: edges to the others do not count.
    some = random.permutation(nodes)[:20]
    place = {int(node): at for at, node in enumerate(some)}
    among = [(place[s], place[d], w) for s, d, w in zip(src, dst, weight, strict=True) if s in place and d in place]
    seeds = random.uniform(0, 1, 20).astype(np.float32)
    got = memory.page_rank(keys[some], seeds)
    # The bound in the header of graph/page_rank.rs, of the L1 distance, with at most 40 entries in a list.
    assert got.dtype == np.float32
    assert np.abs(got - slow_page_rank(among, seeds.astype(float))).sum() <= 2 * 0.5**16 + 90 * 2.0**-23


def test_page_rank_of_none_and_of_the_unknown():
    memory = GraphMemory(2)
    keys = np.array([5, 6], np.uint64)
    memory.insert(keys, np.eye(2, dtype=np.float32))
    assert memory.page_rank(keys[:0], np.empty(0, np.float32)).shape == (0,)
    assert memory.page_rank(keys, np.zeros(2, np.float32)).tolist() == [0, 0]
    for error, refused in (
        (KeyError, lambda: memory.page_rank(keys + 1, np.ones(2, np.float32))),
        (ValueError, lambda: memory.page_rank(keys[[0, 0]], np.ones(2, np.float32))),
        (TypeError, lambda: memory.page_rank(keys, np.ones(3, np.float32))),
    ):
        with pytest.raises(error):
            refused()


def test_features_are_of_the_hits():
    attention = Attention.from_bytes(to_bytes(initial(3, 4, 1, 9, 0), 7))
    assert (attention.features, attention.features_version) == (3, 7)
    memory = GraphMemory(2)
    keys = np.array([5, 6, 7], np.uint64)
    memory.insert(keys, np.array([[1, 0], [0, 1], [1, 1]], np.float32))
    memory.link(keys[:1], keys[1:2], np.zeros(1, np.uint16), np.ones(1, np.float32))
    query, phi = np.ones(2, np.float32), np.eye(3, dtype=np.float32)

    def attend(hits, features, **options):
        params = SearchParams(**{"hops": 0, **options})
        return memory.attend(query, hits, params, features=features, attention=attention)

    assert sorted(attend(keys, phi).keys.tolist()) == [5, 6, 7]
    for refused in (
        lambda: attend(keys[:1], phi[:1], hops=1),
        lambda: attend(keys, phi, max_nodes=2),
        lambda: attend(keys[[0, 0, 1]], phi),
        lambda: attend(keys, phi[:2]),
        lambda: attend(keys, None),
        lambda: attend(keys, np.full((3, 3), np.inf, np.float32)),
        lambda: memory.retrieve(query, SearchParams(), attention=attention),
    ):
        with pytest.raises(ValueError):
            refused()
    with pytest.raises(TypeError, match=r"float32\[n, 3\]"):
        attend(keys, phi[:, :2].copy())
