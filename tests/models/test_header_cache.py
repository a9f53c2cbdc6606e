"""A header is read once for all processes, and nothing that stands in the cache is believed unseen."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from gguf_files import write_lfm2
from msgspec.structs import replace

from sanderling.errors import ModelUnavailable
from sanderling.models import header_cache
from sanderling.models.gguf import GgufHeader, TensorInfo, read_header


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("SANDERLING_HOME", str(home))
    return home


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_lfm2(tmp_path / "tiny.gguf")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files whose header was read."""
    read: list[Path] = []

    def counted(path: Path) -> GgufHeader:
        read.append(path)
        return read_header(path)

    monkeypatch.setattr(header_cache, "read_header", counted)
    return read


def in_a_new_process(model: Path) -> GgufHeader:
    header_cache._header.cache_clear()
    return header_cache.header_of(model)


def entry(home: Path) -> Path:
    (file,) = (home / header_cache.FOLDER).iterdir()
    return file


def test_the_next_process_does_not_read_the_file(home: Path, model: Path, reads: list[Path]) -> None:
    first = in_a_new_process(model)
    assert in_a_new_process(model) == first == read_header(model)
    assert reads == [model]
    assert entry(home).stat().st_mode & 0o077 == 0


def test_a_changed_file_is_read_again(home: Path, model: Path, reads: list[Path]) -> None:
    in_a_new_process(model)
    model.write_bytes(model.read_bytes().replace(b"tiny", b"tuny"))
    os.utime(model, (1, 1))
    assert in_a_new_process(model).name == "tuny"
    assert in_a_new_process(model).name == "tuny"
    assert len(reads) == 2
    assert entry(home)
    model.unlink()
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        in_a_new_process(model)


def _header(**changes: object) -> dict[str, object]:
    return {"header": changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/elsewhere.gguf"},
        {"size": 1},
        {"changed_ns": 1},
        {"version": "0.0.1"},
        _header(file_bytes=1),
        _header(least_bytes=-1),
        _header(vocab_size=-1),
        _header(context_length=2**40),
        _header(block_count=5),
        _header(head_count_kv=(-1,) * 6),
        _header(recurrent_bytes=-1),
        _header(tensors=()),
        _header(tensors=(TensorInfo(name="x", dims=(-1, 3), kind=0, offset=0),)),
        _header(tensors=(TensorInfo(name="x", dims=(1,) * 5, kind=0, offset=0),)),
        _header(tensors=(TensorInfo(name="x", dims=(4,), kind=0, offset=-9),)),
    ],
    ids=str,
)
def test_a_foreign_entry_and_impossible_numbers_are_ignored(
    home: Path, model: Path, reads: list[Path], changes: dict[str, object]
) -> None:
    true = in_a_new_process(model)
    kept = header_cache._decode(entry(home).read_bytes())
    inner = changes.get("header")
    forged = (
        replace(kept, header=replace(kept.header, **inner)) if isinstance(inner, dict) else replace(kept, **changes)
    )
    entry(home).write_bytes(msgspec.msgpack.encode(forged))
    assert in_a_new_process(model) == true
    assert len(reads) == 2
    assert header_cache._decode(entry(home).read_bytes()) == kept


@pytest.mark.parametrize(
    "damaged",
    [b"", b"\x00" * 100, b"\xff" * 100, msgspec.msgpack.encode({"path": "x"}), b"\x91" * 100_000],
    ids=["empty", "zeros", "ones", "other", "deep"],
)
def test_a_damaged_entry_is_replaced(home: Path, model: Path, reads: list[Path], damaged: bytes) -> None:
    true = in_a_new_process(model)
    whole = entry(home).read_bytes()
    for content in (damaged, whole[:-1], whole + b"x"):
        entry(home).write_bytes(content)
        assert in_a_new_process(model) == true
        assert entry(home).read_bytes() == whole
    assert len(reads) == 4


def test_an_entry_too_large_to_be_one_is_not_read(home: Path, model: Path, reads: list[Path]) -> None:
    in_a_new_process(model)
    with entry(home).open("ab") as file:
        file.truncate(header_cache.MAX_BYTES + 1)
    in_a_new_process(model)
    assert len(reads) == 2


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir], ids=["pipe", "folder"])
def test_what_is_no_file_is_passed_over(home: Path, model: Path, reads: list[Path], make) -> None:
    true = in_a_new_process(model)
    file = entry(home)
    file.unlink()
    make(file)
    assert in_a_new_process(model) == true
    assert len(reads) == 2


def test_a_folder_that_cannot_be_used_costs_only_the_time(home: Path, model: Path, reads: list[Path]) -> None:
    (home / header_cache.FOLDER).write_text("in the way")
    assert in_a_new_process(model) == in_a_new_process(model)
    assert len(reads) == 2


def test_no_data_folder_is_made(home: Path, model: Path) -> None:
    home.rmdir()
    in_a_new_process(model)
    assert not home.exists()


def test_the_number_of_entries_is_bounded(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header_cache, "MAX_KEPT", 3)
    for number in range(5):
        in_a_new_process(write_lfm2(tmp_path / f"{number}.gguf"))
        for file in (home / header_cache.FOLDER).iterdir():
            os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns - 10**9))
    assert len(list((home / header_cache.FOLDER).iterdir())) == 3
    assert header_cache.find(tmp_path / "0.gguf", *_state(tmp_path / "0.gguf")) is None
    assert header_cache.find(tmp_path / "4.gguf", *_state(tmp_path / "4.gguf")) is not None


def _state(path: Path) -> tuple[int, int]:
    return path.stat().st_size, path.stat().st_mtime_ns
