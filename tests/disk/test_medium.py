"""SQLite files where they cannot be written: what is read is right, nothing is made, writers are noticed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import media
import pytest

from sanderling.disk import medium
from sanderling.disk.medium import ReadOnly, connect
from sanderling.errors import MemoryFileError, StorageFull
from sanderling.memory.store.database import Database


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def writer(disk: Path) -> Iterator[sqlite3.Connection]:
    """A connection of somebody who may write, with one row folded into the file."""
    connection = sqlite3.connect(disk / "m", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t(x)")
    connection.execute("INSERT INTO t VALUES(1)")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield connection
    connection.close()


@pytest.fixture(params=["mounted", "pretended"])
def seen(request: pytest.FixtureRequest, disk: Path, tmp_path: Path, monkeypatch) -> Iterator[Path]:
    """The same folder for one who may only read it: through a read-only mount, and as if there were one."""
    if request.param == "mounted":
        with media.read_only(disk, tmp_path / "seen") as at:
            yield at
    else:
        media.pretend_read_only(disk, monkeypatch)
        yield disk


def rows(connection: sqlite3.Connection) -> list[int]:
    return [x for (x,) in connection.execute("SELECT x FROM t ORDER BY x")]


def read(path: Path) -> tuple[list[int], ReadOnly | None]:
    connection, read_only = connect(path, timeout_s=1)
    try:
        return rows(connection), read_only
    finally:
        connection.close()


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_file_that_can_be_written_is_opened_as_ever(disk: Path, writer) -> None:
    assert read(disk / "m") == ([1], None)
    assert medium.unwritable(disk / "absent") == ""


def test_a_file_alone_is_read_and_nothing_is_made(disk: Path, writer, seen: Path) -> None:
    writer.close()
    found, read_only = read(seen / "m")
    assert found == [1]
    assert "read-only file system" in read_only.why
    assert names(disk) == ["m"]


def test_through_a_link_the_log_beside_the_file_is_found(disk: Path, writer, seen: Path, tmp_path: Path) -> None:
    writer.execute("INSERT INTO t VALUES(2)")
    link = tmp_path / "link"
    link.symlink_to(seen / "m")
    if seen == disk:
        pytest.skip("what is pretended goes by the name")
    assert read(link)[0] == [1, 2]


def test_what_a_writer_has_in_its_log_is_read_and_what_it_commits_later_too(disk: Path, writer, seen: Path) -> None:
    writer.execute("INSERT INTO t VALUES(2)")
    connection, read_only = connect(seen / "m", timeout_s=1)
    assert rows(connection) == [1, 2]
    writer.execute("INSERT INTO t VALUES(3)")
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.execute("INSERT INTO t VALUES(4)")
    assert rows(connection) == [1, 2, 3, 4]
    assert not read_only.changed()
    connection.close()


def abandoned(disk: Path, writer: sqlite3.Connection, *kept: str) -> None:
    """Leave what a process leaves that was killed: the file and those of the files beside it."""
    writer.execute("INSERT INTO t VALUES(2)")
    aside = disk.with_name("aside")
    aside.mkdir()
    for name in ("m", *kept):
        shutil.copy(disk / name, aside)
    writer.close()
    for file in aside.iterdir():
        shutil.copy(file, disk)


@pytest.mark.parametrize("kept", [("m-wal",), ("m-wal", "m-shm")], ids=["log", "log and its index"])
def test_a_log_that_was_left_is_read_and_nothing_is_left_behind(disk, writer, seen, temporary, kept) -> None:
    abandoned(disk, writer, *kept)
    # Not of the log's index, which everybody with the right marks; who has none reads it without.
    before = {each.name: each.read_bytes() for each in disk.iterdir() if each.name != "m-shm"}
    files = names(disk)
    connection, _ = connect(seen / "m", timeout_s=1)
    assert names(temporary) == []  # already, not only at the end
    assert rows(connection) == [1, 2]
    connection.close()
    assert {each.name: each.read_bytes() for each in disk.iterdir() if each.name != "m-shm"} == before
    assert names(disk) == files


def test_a_log_that_cannot_be_copied_is_refused_by_name(disk, writer, seen, temporary, monkeypatch) -> None:
    abandoned(disk, writer, "m-wal")
    monkeypatch.setattr(medium, "MARGIN_BYTES", 1 << 60)
    with pytest.raises(StorageFull, match=r"m-wal .* open it once where it can be written, or free .* MiB in"):
        read(seen / "m")
    monkeypatch.undo()
    monkeypatch.setattr(medium, "unwritable", lambda path: "pretended")
    monkeypatch.setattr("tempfile.tempdir", str(temporary / "absent"))
    with pytest.raises(MemoryFileError, match=r"m-wal .* could not be copied"):
        read(seen / "m")


def test_a_file_that_a_writer_changed_is_opened_anew(disk: Path, writer, seen: Path) -> None:
    writer.close()
    database = Database(seen / "m")
    assert database.execute("SELECT count(*) FROM t") == [(1,)]
    for _ in range(3):
        with sqlite3.connect(disk / "m") as another:
            another.execute("INSERT INTO t VALUES(2)")
        another.close()
    assert database.execute("SELECT count(*) FROM t") == [(4,)]
    database.close()


def test_what_was_read_while_a_writer_wrote_is_refused(disk: Path, writer, seen: Path) -> None:
    writer.close()
    database = Database(seen / "m")

    def write() -> None:
        with sqlite3.connect(disk / "m") as another:
            another.execute("INSERT INTO t VALUES(2)")
        another.close()

    with pytest.raises(MemoryFileError, match="ask again"), database.transaction("DEFERRED"):
        write()
    with pytest.raises(MemoryFileError, match="ask again"), database.transaction("DEFERRED"):
        write()
        raise ValueError("what a torn page may lead to")
    with database.transaction("DEFERRED"):
        assert database.execute("SELECT count(*) FROM t") == [(3,)]
    (disk / "m").unlink()
    with pytest.raises(MemoryFileError, match="deleted or replaced"):
        database.execute("SELECT count(*) FROM t")
    database.close()


def test_no_write_is_begun(disk: Path, writer, seen: Path) -> None:
    writer.close()
    database = Database(seen / "m")
    with (
        pytest.raises(MemoryFileError, match=r"memory is read-only, it is on .*: copy it"),
        database.transaction("IMMEDIATE"),
    ):
        pytest.fail("begun")
    database.use_wal()
    database.close()
