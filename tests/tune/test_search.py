from __future__ import annotations

import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling.errors import UsageError
from sanderling.memory import Memory
from sanderling.memory.retrieve import beam
from sanderling.records import DEFAULT_SEARCH, SearchParams
from sanderling.tune import search
from sanderling.tune.search import SearchWidth


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    with Memory.open(tmp_path / "m.sanderling", HashEmbedder()) as memory:
        for number in range(60):
            memory.add(f"Note {number} tells of pump {number * 7 % 60} and of valve {number * 11 % 60}.")
        yield memory


@pytest.fixture
def misses(memory, monkeypatch):
    """Let each search miss notes: with a beam below 128 a third of the ten nearest, and none with a wider one."""
    nearest = memory.index.nearest

    def poor(vector, params, allowed=None):
        found = nearest(vector, params, allowed)
        if params.ef_search >= 128 or params.ef_search == len(memory.index):
            return found
        kept = np.array([at % 3 != 2 for at in range(len(found.keys))])
        return type(found)(keys=found.keys[kept], distances=found.distances[kept], stats=found.stats)

    monkeypatch.setattr(memory.index, "nearest", poor)


def test_a_search_that_finds_everything_stays_as_it_is(memory) -> None:
    found = SearchWidth(memory).propose()
    assert (found.better, found.gain) == (False, None)
    assert found.reason.startswith("recall 1.0000 [1.0000, 1.0000] with a beam of 64, over 60 notes")


def test_the_smallest_that_reaches_the_target_is_installed_used_and_rolled_back(memory, misses) -> None:
    found = SearchWidth(memory).propose()
    assert found.better and found.gain is not None and found.gain.low > 0
    assert memory.search_params == DEFAULT_SEARCH  # nothing is changed by a proposal
    found.install()
    memory.read_tuned()
    assert memory.search_params.ef_search == 128
    with Memory.open(memory.store.path, HashEmbedder()) as again:
        assert again.search_params == SearchParams(ef_search=128)
    assert SearchWidth(memory).propose().gain is None  # 128 is in use, and no narrower one reaches the target
    assert "beam of 64 nodes" in SearchWidth(memory).rollback()
    assert beam.search_params(memory.store.path) == DEFAULT_SEARCH
    assert "beam of 128 nodes" in SearchWidth(memory).rollback()


def test_a_beam_that_is_wider_than_it_must_be_becomes_narrower(memory) -> None:
    beam.install(memory.store.path, beam.Beam(ef_search=512, recall=(1.0, 1.0, 1.0), when=""))
    found = SearchWidth(memory).propose()
    assert found.better
    found.install()
    assert beam.search_params(memory.store.path).ef_search == 64


def test_a_miss_within_chance_changes_nothing(memory, monkeypatch) -> None:
    measured = {64: search.Interval(0.985, 0.97, 0.995), 80: search.Interval(0.999, 0.995, 1.0)}
    assert not SearchWidth(memory)._proposed(measured, 64, 300).better
    measured[64] = search.Interval(0.97, 0.96, 0.98)
    assert SearchWidth(memory)._proposed(measured, 64, 300).better


def test_questions_search_with_the_tuned_beam(memory, monkeypatch) -> None:
    from sanderling.stages.retrieve import retrieve

    beam.install(memory.store.path, beam.Beam(ef_search=256, recall=(1.0, 1.0, 1.0), when=""))
    seen: list[SearchParams] = []
    find = memory.find
    monkeypatch.setattr(
        memory,
        "find",
        lambda question, vector, params, **more: seen.append(params) or find(question, vector, params, **more),
    )
    retrieve(memory, "pump 7", memory.embedder.embed(["pump 7"])[0])
    assert [params.ef_search for params in seen] == [256]


def test_too_few_notes_say_so_and_nothing_tuned_cannot_be_rolled_back(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    with Memory.open(tmp_path / "few.sanderling", HashEmbedder()) as memory:
        memory.add("One note.")
        with pytest.raises(UsageError, match="ingest more"):
            SearchWidth(memory).propose()
        with pytest.raises(UsageError, match="nothing to go back to"):
            SearchWidth(memory).rollback()
