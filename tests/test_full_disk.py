"""Each place that writes a file, on a disk without room: one line or a warning, and nothing half-written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import media
import pytest

from sanderling.device import calibration
from sanderling.device.calibration import Measurement
from sanderling.disk.whole_file import write_whole
from sanderling.engines.prefix_disk import PrefixDiskCache
from sanderling.engines.prefix_entry import Entry
from sanderling.errors import StorageFull
from sanderling.memory import Memory
from sanderling.memory.index import index_path
from sanderling.memory.upkeep.repair import mend, repair
from sanderling.response_cache.answers import Answers
from sanderling.router import installed

BIG = 200_000
"""Bytes: more than the disk has."""


def calibrate(disk: Path) -> None:
    calibration.record(
        Measurement(
            model_id="m" * BIG,
            quant="Q4_0",
            engine="e",
            n_threads=1,
            prefill_tokens_per_s=1,
            decode_tokens_per_s=1,
            rss_bytes=1,
            machine={},
            timestamp="",
        )
    )


def keep_answer(disk: Path) -> None:
    answers = Answers(disk / "responses.sqlite")
    try:
        answers.keep(b"s", "q", "q", b"v", b"h", bytes(BIG), max_bytes=10 * BIG, max_age_days=1)
    finally:
        answers.close()


WRITES: dict[str, Callable[[Path], object]] = {
    "calibration": calibrate,
    "router": lambda disk: installed.install(bytes(BIG), "r", ()),
    "response cache": keep_answer,
    "export": lambda disk: write_whole(disk / "export.jsonl", bytes(BIG)),
}


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A disk of 128 KiB, and on it the data folder."""
    with media.small(tmp_path / "disk", "128k") as folder:
        monkeypatch.setenv("SANDERLING_HOME", str(folder))
        yield folder


def written(folder: Path) -> list[str]:
    """Files with something in them."""
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file() and each.stat().st_size)


@pytest.mark.parametrize("name", WRITES)
def test_a_write_is_refused_in_one_line_and_leaves_nothing(disk: Path, name: str) -> None:
    with pytest.raises(StorageFull, match="free") as refused:
        WRITES[name](disk)
    assert "\n" not in str(refused.value)
    # An empty database is a database; what was to be in it is not there.
    assert [each for each in written(disk) if "responses" not in each] == []
    if name == "response cache":
        answers = Answers(disk / "responses.sqlite")
        assert answers.stats().answers == 0
        answers.close()


def test_a_state_that_does_not_fit_is_not_spilled(disk: Path, caplog) -> None:
    entry = Entry(ids=(1, 2), state=bytes(BIG), checkpoints={}, cost_ms=1.0, shared=True)
    spill = PrefixDiskCache(disk / "states", 10 * BIG, "model")
    with caplog.at_level(logging.WARNING):
        spill.save("0" * 64, entry)
    assert len(caplog.records) == 1
    assert "was not kept on disk" in caplog.text
    assert spill.lengths() == set()
    assert written(disk) == []


@pytest.fixture
def unindexed(tmp_path: Path, hash_embedder) -> Iterator[Path]:
    """A memory without its index on a disk with no room for one."""
    with media.small(tmp_path / "disk", "12m") as folder:
        path = folder / "m"
        with Memory.open(path, hash_embedder) as memory:
            for number in range(100):
                memory.add(f"Note {number} on ice, wind and diesel.")
        index_path(path).unlink()
        filler = media.fill(folder)
        # For the index of SQLite's log, without which a memory that may be written is not opened.
        with filler.open("r+b") as file:
            file.truncate(filler.stat().st_size - 40_960)
        yield path


def test_an_index_that_does_not_fit_is_said_at_closing(unindexed: Path, hash_embedder) -> None:
    with Memory.open(unindexed, hash_embedder) as memory:
        assert len(memory) == 100
    assert any("the index could not be saved" in warning for warning in memory.warnings)
    # The word table is small enough; of the index nothing is left.
    assert written(unindexed.parent) == ["filler", "m", "m.words"]


def test_a_repair_does_not_call_an_index_rebuilt_that_was_not_saved(unindexed: Path) -> None:
    index_path(unindexed).write_bytes(b"damaged")
    done = repair(unindexed)
    assert any("the index could not be saved" in action for action in done.actions)
    assert not any("the index was rebuilt" in action for action in done.actions)
    assert done.left.index != ()


def test_texts_about_to_be_forgotten_stay_where_they_cannot_be_kept(disk: Path, tmp_path, hash_embedder) -> None:
    path = tmp_path / "m"
    with Memory.open(path, hash_embedder) as memory:
        memory.add("\n\n".join(f"Paragraph {number} of a long note that no file holds." for number in range(4000)))
        memory.store.database.execute("DELETE FROM vector WHERE node = 2")
        with pytest.raises(StorageFull, match=r"forgotten\.jsonl: no space left"):
            mend(memory.store, disk / "forgotten.jsonl")
        assert memory.stats().documents == 1
    assert written(disk) == []
