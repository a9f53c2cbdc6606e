"""Every adapter that can be imported here, held to the same contract; ours always can."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sanderling.bench_device.ann import peers
from sanderling.bench_device.ann.peer import Peer, Spec, installed, refusal
from sanderling.bench_device.ann.peers.ruvector import Ruvector
from sanderling.bench_device.ann.sanderling_index import Sanderling
from sanderling.records import Vectors

DIM = 32
BEAM = 200
SPEC = Spec(dim=DIM, capacity=300, m=16, ef_construction=40, threads=1, seed=0)


AXES = np.linalg.qr(np.random.default_rng(0).standard_normal((DIM, DIM)))[0].astype(np.float32)
"""Orthogonal directions, none along a coordinate: an encoder's vectors are spread over all of them, and the range of
4-bit codes is cut for such."""


def planted(n: int) -> Vectors:
    """``n`` unit vectors: row 10 i + j, for j from 0 to 9, points along axis i of ``AXES``, turned away by j times 4°.

    The ten nearest of the query along axis i are therefore its own rows, in order: other axes are at 54° at least.
    """
    rows = np.zeros((n, DIM))
    row = np.arange(n)
    angle = np.radians(4.0 * (row % 10))
    rows[row, row // 10] = np.cos(angle)
    rows[row, (row // 10 + 1) % DIM] = np.sin(angle)
    return (rows @ AXES).astype(np.float32)


@pytest.fixture(params=peers.PEERS, ids=lambda peer: peer.name)
def kind(request: pytest.FixtureRequest) -> type[Peer]:
    found: type[Peer] = request.param
    if not installed(found):
        pytest.skip(f"{found.name} is not installed")
    if (why := refusal(found)) is not None:
        pytest.skip(f"{found.name} {why}")
    return found


@pytest.fixture
def filled(kind: type[Peer]) -> Peer:
    index = kind(SPEC)
    if not kind.inserts:
        index.insert(np.arange(300, dtype=np.uint64), planted(300))
        return index
    index.insert(np.arange(290, dtype=np.uint64), planted(300)[:290])
    for key in range(290, 300):
        index.insert(np.array([key], dtype=np.uint64), planted(300)[key : key + 1])
    return index


def found_of_own(index: Peer, axes: range) -> float:
    """Share of an axis's ten rows among the ten found for it, over some axes."""
    right = sum(len(set(index.search(AXES[i], 10, BEAM).tolist()) & {*range(10 * i, 10 * i + 10)}) for i in axes)
    return right / (10 * len(axes))


def test_the_planted_neighbours_are_found(filled: Peer) -> None:
    found = filled.search(AXES[3], 10, BEAM)
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
    for query in AXES[:30]:
        np.testing.assert_array_equal(again.search(query, 10, BEAM), filled.search(query, 10, BEAM))


def test_a_restricted_search_finds_only_what_is_allowed_and_all_of_it(kind: type[Peer], filled: Peer) -> None:
    even = np.arange(0, 300, 2, dtype=np.uint64)
    if not kind.filters:
        with pytest.raises(NotImplementedError):
            filled.restrict(even)
        return
    for allowed, each in ((even, {0, 2, 4, 6, 8}), (even + 1, {1, 3, 5, 7, 9})):
        filled.restrict(allowed)
        found = [filled.search(AXES[i], 5, BEAM).tolist() for i in range(30)]
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
    for query in AXES[10:15]:
        assert not set(filled.search(query, 10, BEAM).tolist()) & set(gone.tolist())
    filled.insert(gone, planted(300)[100:150])
    if kind is not Ruvector:  # it finds the deleted as well, and returns what is left of k
        assert found_of_own(filled, range(30)) >= 0.9


def test_an_unknown_name_is_refused() -> None:
    assert peers.by_name("sanderling") is Sanderling
    with pytest.raises(ValueError, match="choose from sanderling, sanderling f32, sanderling clusters, hnswlib"):
        peers.by_name("annoy")


def test_what_is_not_there_is_not_installed() -> None:
    class Absent(Sanderling):
        modules = ("no_such_module_anywhere",)

    assert installed(Sanderling) and not installed(Absent)


def test_an_index_for_other_cpus_is_refused_with_the_reason() -> None:
    class Elsewhere(Sanderling):
        cpu = "Abacus"

    assert refusal(Sanderling) is None
    assert (refusal(Elsewhere) or "").startswith("runs on CPUs of Abacus only")


def test_what_is_built_once_refuses_a_second_part(kind: type[Peer], filled: Peer) -> None:
    if kind.inserts:
        assert 299 in filled.search(planted(300)[299], 10, BEAM), "the last of the single inserts is found"
    else:
        with pytest.raises(NotImplementedError):
            filled.insert(np.array([300], dtype=np.uint64), planted(300)[:1])


def test_nothing_is_printed(kind: type[Peer], filled: Peer, capfd: pytest.CaptureFixture[str]) -> None:
    """``--json`` is one line, and a child process answers with its last one."""
    index = kind(SPEC)
    index.insert(np.arange(300, dtype=np.uint64), planted(300))
    index.search(planted(300)[0], 10, BEAM)
    assert capfd.readouterr().out == ""
