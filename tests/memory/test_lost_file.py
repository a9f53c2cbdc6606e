"""A memory file that goes away while it is open: nobody is told that something is kept which is on no disk."""

from __future__ import annotations

import os

import pytest

from sanderling.errors import MemoryFileError
from sanderling.memory import Memory, Note
from sanderling.memory.index import index_path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m"


def deleted(path):
    path.unlink()


def replaced(path):
    path.with_name("other").write_bytes(path.read_bytes())
    path.with_name("other").replace(path)


WRITES = {
    "add": lambda memory, note: memory.add("A new note."),
    "ingest": lambda memory, note: memory.ingest([note]),
    "write_back": lambda memory, note: memory.write_back([Note(text="An answer.")]),
}


@pytest.mark.parametrize("gone", [deleted, replaced])
@pytest.mark.parametrize("write", WRITES)
def test_a_write_is_not_acknowledged(path, tmp_path, hash_embedder, gone, write):
    note = tmp_path / "note.md"
    note.write_text("A note.")
    with Memory.open(path, hash_embedder) as memory:
        memory.add("The first note.")
        gone(path)
        with pytest.raises(MemoryFileError, match="what was added is not on disk: open it again and repeat that"):
            WRITES[write](memory, note)
    assert any("what was added is not on disk" in warning for warning in memory.warnings)


@pytest.mark.parametrize("gone", [deleted, replaced])
def test_closing_says_what_is_lost_and_leaves_no_index_of_it(path, hash_embedder, gone):
    with Memory.open(path, hash_embedder) as memory:
        memory.add("The first note.")
        gone(path)
    assert any("what was added is not on disk" in warning for warning in memory.warnings)
    assert not index_path(path).exists()


def test_a_file_that_stays_is_not_missed_from_another_folder(path, hash_embedder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Memory.open(os.path.relpath(path), hash_embedder) as memory:
        (tmp_path / "sub").mkdir()
        monkeypatch.chdir(tmp_path / "sub")
        assert not memory.store.database.lost()
        with memory.store.write():
            pass
