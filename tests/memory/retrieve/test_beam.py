from __future__ import annotations

import pytest

from sanderling.memory.retrieve import beam
from sanderling.memory.retrieve.beam import Beam
from sanderling.records import DEFAULT_SEARCH


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))


def wide(ef_search: int) -> Beam:
    return Beam(ef_search=ef_search, recall=(1.0, 1.0, 1.0), when="2026-01-01T00:00:00+00:00")


def test_each_memory_has_its_own_and_the_one_before(tmp_path) -> None:
    one, other = tmp_path / "one.sanderling", tmp_path / "other.sanderling"
    beam.install(one, wide(128))
    beam.install(one, wide(256))
    assert (beam.search_params(one).ef_search, beam.search_params(other)) == (256, DEFAULT_SEARCH)
    assert beam.rollback(one).current == wide(128)
    assert beam.rollback(one).current == wide(256)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[" * 100_000, b"\xff", b'{"memory":"x","current":{"ef_search":9,"recall":[1,1,1],"when":""}}'],
)
def test_a_file_that_cannot_be_read_counts_for_nothing(data: bytes, tmp_path) -> None:
    path = tmp_path / "m.sanderling"
    beam.install(path, wide(128))
    (file,) = (tmp_path / "home/search").glob("*.json")
    file.write_bytes(data)
    assert beam.search_params(path) == DEFAULT_SEARCH
    beam.install(path, wide(80))
    assert beam.search_params(path).ef_search == 80


@pytest.mark.parametrize("width", [0, -1, 1 << 30])
def test_a_width_out_of_range_is_not_used(width: int, tmp_path) -> None:
    beam.install(tmp_path / "m.sanderling", wide(width))
    assert beam.search_params(tmp_path / "m.sanderling") == DEFAULT_SEARCH
