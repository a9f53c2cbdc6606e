from __future__ import annotations

import time

import pytest

from sanderling.tune import last


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))


def test_each_memory_has_its_age(tmp_path) -> None:
    one, other = tmp_path / "one.sanderling", tmp_path / "other.sanderling"
    assert last.age_s(one) == float("inf")
    last.note(one)
    assert 0 <= last.age_s(one) < 60
    assert last.age_s(other) == float("inf")


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"\xff", b'{"a":"b"}', b"[" * 100_000])
def test_a_file_that_cannot_be_read_says_nothing(data: bytes, tmp_path) -> None:
    last.note(tmp_path / "m.sanderling")
    (tmp_path / "home/tuned.json").write_bytes(data)
    assert last.age_s(tmp_path / "m.sanderling") == float("inf")
    last.note(tmp_path / "m.sanderling")
    assert last.age_s(tmp_path / "m.sanderling") < 60


def test_a_clock_that_was_set_back_does_not_stop_it(tmp_path, monkeypatch) -> None:
    last.note(tmp_path / "m.sanderling")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 1e6)
    assert last.age_s(tmp_path / "m.sanderling") == float("inf")
