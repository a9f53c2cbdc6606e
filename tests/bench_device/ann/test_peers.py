"""Every adapter that can be imported here, held to the same contract; ours always can."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sanderling.bench_device.ann import peers
from sanderling.bench_device.ann.peer import Peer, Spec, installed
from sanderling.records import Vectors

DIM = 32
BEAM = 200
SPEC = Spec(dim=DIM, capacity=300, m=16, ef_construction=40, threads=1, seed=0)


def planted(n: int) -> Vectors:
    """``n`` unit vectors of which row 10 i + j, for j from 0 to 9, points along axis i, turned away by j times 4°.

    The ten nearest of the query along axis i are therefore its own rows, in order: other axes are at 54° at least.
    """
    rows = np.zeros((n, DIM))
    row = np.arange(n)
    angle = np.radians(4.0 * (row % 10))
    rows[row, row // 10] = np.cos(angle)
    rows[row, (row // 10 + 1) % DIM] = np.sin(angle)
    return rows.astype(np.float32)


@pytest.fixture(params=peers.PEERS, ids=lambda peer: peer.name)
def kind(request: pytest.FixtureRequest) -> type[Peer]:
    found: type[Peer] = request.param
    if not installed(found):
        pytest.skip(f"{found.name} is not installed")
    return found


@pytest.fixture
def filled(kind: type[Peer]) -> Peer:
    index = kind(SPEC)
    index.insert(np.arange(290, dtype=np.uint64), planted(300)[:290])
    for key in range(290, 300):
        index.insert(np.array([key], dtype=np.uint64), planted(300)[key : key + 1])
    return index


def found_of_own(index: Peer, axes: range) -> float:
    """Share of an axis's ten rows among the ten found for it, over some axes."""
    queries = np.eye(DIM, dtype=np.float32)
    right = sum(len(set(index.search(queries[i], 10, BEAM).tolist()) & {*range(10 * i, 10 * i + 10)}) for i in axes)
    return right / (10 * len(axes))


def test_the_planted_neighbours_are_found(filled: Peer) -> None:
    found = filled.search(np.eye(DIM, dtype=np.float32)[3], 10, BEAM)
    assert found.dtype == np.uint64 and found.shape == (10,)
    # Nothing is nearer than the planted ten by less than 4 degrees, so even int8 codes tell them from all others;
    # what may be missing is what even a beam over two thirds of all never reached.
    assert found_of_own(filled, range(30)) >= 0.95


def test_saved_and_loaded_it_answers_the_same(kind: type[Peer], filled: Peer, tmp_path: Path) -> None:
    if not kind.saves:
        with pytest.raises(NotImplementedError):
            filled.save(tmp_path / "index")
        return
    filled.save(tmp_path / "index")
    again = kind(SPEC)
    again.load(tmp_path / "index")
    for query in np.eye(DIM, dtype=np.float32)[:30]:
        np.testing.assert_array_equal(again.search(query, 10, BEAM), filled.search(query, 10, BEAM))


def test_a_restricted_search_finds_only_what_is_allowed_and_all_of_it(kind: type[Peer], filled: Peer) -> None:
    even = np.arange(0, 300, 2, dtype=np.uint64)
    if not kind.filters:
        with pytest.raises(NotImplementedError):
            filled.restrict(even)
        return
    queries = np.eye(DIM, dtype=np.float32)
    for allowed, each in ((even, {0, 2, 4, 6, 8}), (even + 1, {1, 3, 5, 7, 9})):
        filled.restrict(allowed)
        found = [filled.search(queries[i], 5, BEAM).tolist() for i in range(30)]
        assert all(key in set(allowed.tolist()) for keys in found for key in keys)
        right = sum(len(set(keys) & {10 * i + j for j in each}) for i, keys in enumerate(found))
        assert right / (5 * 30) >= 0.95
    filled.restrict(None)
    assert found_of_own(filled, range(30)) >= 0.95


def test_deleted_vectors_are_not_found_and_replaced_ones_are(kind: type[Peer], filled: Peer) -> None:
    gone = np.arange(100, 150, dtype=np.uint64)
    if not kind.deletes:
        with pytest.raises(NotImplementedError):
            filled.delete(gone)
        return
    filled.delete(gone)
    for query in np.eye(DIM, dtype=np.float32)[10:15]:
        assert not set(filled.search(query, 10, BEAM).tolist()) & set(gone.tolist())
    filled.insert(gone, planted(300)[100:150])
    if kind is not peers.Ruvector:  # it finds the deleted as well, and returns what is left of k
        assert found_of_own(filled, range(30)) >= 0.9


def test_an_unknown_name_is_refused() -> None:
    assert peers.by_name("sanderling") is peers.Sanderling
    with pytest.raises(ValueError, match="sanderling, hnswlib"):
        peers.by_name("annoy")


def test_what_is_not_there_is_not_installed() -> None:
    class Absent(peers.Sanderling):
        modules = ("no_such_module_anywhere",)

    assert installed(peers.Sanderling) and not installed(Absent)
