from __future__ import annotations

import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling.errors import UsageError
from sanderling.memory import Memory
from sanderling.memory.retrieve import beam
from sanderling.memory.store import clustering
from sanderling.records import DEFAULT_SEARCH
from sanderling.tune.nprobe import ClusterProbes
from sanderling.tune.search import SearchWidth


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A memory of 900 notes in nine loose groups whose index has clusters."""
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(clustering, "CLUSTERS_FROM_NODES", 100)
    vectors = np.random.default_rng(3).standard_normal((900, 64)).astype(np.float32)
    vectors += vectors[np.arange(900) % 9]
    with Memory.open(tmp_path / "m.sanderling", HashEmbedder()) as memory:
        with memory.store.write() as writer:
            writer.add_document("a", "T", "h", [f"note {number}" for number in range(900)], vectors)
        yield memory


def test_the_smallest_number_that_reaches_the_target_is_installed_used_and_rolled_back(memory) -> None:
    store = memory.store.path
    beam.install_probes(store, beam.Probes(nprobe=1, recall=(0.1, 0.1, 0.1), when=""))
    memory.read_tuned()
    found = ClusterProbes(memory).propose()
    assert found.better and found.gain is not None and found.gain.low > 0, found.reason
    assert beam.search_params(store).nprobe == 1  # nothing is changed by a proposal
    found.install()
    memory.read_tuned()
    tuned = memory.search_params.nprobe
    assert 1 < tuned <= memory.index.clusters and f"with {tuned}" in found.reason
    assert ClusterProbes(memory).propose().gain is None
    assert "look at 1 clusters" in ClusterProbes(memory).rollback()
    assert f"look at {tuned} clusters" in ClusterProbes(memory).rollback()


def test_a_number_larger_than_needed_becomes_smaller(memory) -> None:
    beam.install_probes(memory.store.path, beam.Probes(nprobe=10_000, recall=(1.0, 1.0, 1.0), when=""))
    memory.read_tuned()
    found = ClusterProbes(memory).propose()
    assert found.better and f"with {memory.index.clusters} of {memory.index.clusters} clusters" in found.reason
    found.install()
    assert beam.search_params(memory.store.path).nprobe < memory.index.clusters


def test_probes_and_beams_are_tuned_and_rolled_back_apart(memory) -> None:
    store = memory.store.path
    beam.install(store, beam.Beam(ef_search=128, recall=(1.0, 1.0, 1.0), when=""))
    beam.install_probes(store, beam.Probes(nprobe=7, recall=(1.0, 1.0, 1.0), when=""))
    assert (beam.search_params(store).ef_search, beam.search_params(store).nprobe) == (128, 7)
    beam.rollback(store)
    assert (beam.search_params(store).ef_search, beam.search_params(store).nprobe) == (DEFAULT_SEARCH.ef_search, 7)
    beam.rollback_probes(store)
    assert beam.search_params(store) == DEFAULT_SEARCH
    assert "see nprobe" in SearchWidth(memory).propose().reason


def test_one_graph_has_nothing_to_probe_and_nothing_tuned_cannot_be_rolled_back(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    with Memory.open(tmp_path / "few.sanderling", HashEmbedder()) as memory:
        memory.add("One note.")
        assert "one graph" in ClusterProbes(memory).propose().reason
        with pytest.raises(UsageError, match="nothing to go back to"):
            ClusterProbes(memory).rollback()
