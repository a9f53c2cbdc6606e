from __future__ import annotations

import io
import json
import logging
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import media
import msgspec
import pytest

from sanderling.errors import MemoryFileError, StorageFull, UsageError
from sanderling.telemetry.row import Row
from sanderling.telemetry.store import PAGE_ROWS, TelemetryStore


@pytest.fixture
def store(tmp_path):
    with TelemetryStore(tmp_path / "telemetry.sqlite") as opened:
        yield opened


def ids(rows) -> list[str]:
    return [row.request_id for row in rows]


def test_an_empty_store_has_no_rows(store) -> None:
    assert store.tail() == []
    assert list(store.rows()) == []


def test_rows_come_back_whole_and_in_order(store, make_row) -> None:
    rows = [make_row(f"r{number}", total=float(number)) for number in range(PAGE_ROWS + 3)]
    for row in rows:
        store.append(row)
    assert list(store.rows()) == rows
    assert store.tail(2) == rows[-2:]
    assert store.tail(0) == []


def test_it_lives_in_the_home_folder_by_default(tmp_path, monkeypatch, make_row) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    with TelemetryStore() as store:
        store.append(make_row())
    assert (tmp_path / "telemetry.sqlite").exists()


def test_a_request_has_one_row(store, make_row) -> None:
    store.append(make_row("r1"))
    with pytest.raises(ValueError, match="request r1 is in the telemetry already"):
        store.append(make_row("r1"))


def test_a_judgement_is_kept_in_row_and_column(store, make_row) -> None:
    store.append(make_row("r1"))
    store.append(make_row("r2"))
    rated = store.rate("r1", score=4.5, label="partial", judge_model="judge")
    assert (rated.quality.score, rated.quality.label, rated.quality.judge_model) == (4.5, "partial", "judge")
    first, second = store.rows()
    assert first == rated
    assert second.quality.label is None
    connection = sqlite3.connect(store.path)
    assert connection.execute("SELECT label FROM row ORDER BY id").fetchall() == [("partial",), (None,)]
    connection.close()


def test_wrong_judgements_are_refused(store, make_row) -> None:
    store.append(make_row("r1"))
    with pytest.raises(UsageError, match="no request r9"):
        store.rate("r9", score=3)
    with pytest.raises(ValueError, match="between 1 and 5, got 6"):
        store.rate("r1", score=6)
    assert store.tail()[0].quality.score is None


def test_export_writes_one_object_per_line(store, make_row, tmp_path) -> None:
    rows = [make_row("r1"), make_row("r2", query='with "quotes"\nand a line break')]
    for row in rows:
        store.append(row)
    assert store.export_jsonl(tmp_path / "out.jsonl") == 2
    stream = io.BytesIO()
    store.export_jsonl(stream)
    assert (tmp_path / "out.jsonl").read_bytes() == stream.getvalue()
    lines = stream.getvalue().decode().splitlines()
    assert [json.loads(line)["request_id"] for line in lines] == ["r1", "r2"]
    assert [msgspec.json.decode(line, type=Row) for line in lines] == rows


def test_rows_appended_while_reading_disturb_nobody(store, make_row) -> None:
    for number in range(PAGE_ROWS):
        store.append(make_row(f"r{number}"))
    seen = []
    for row in store.rows():
        seen.append(row.request_id)
        if len(seen) == 1:
            store.append(make_row("late"))
    assert seen[-1] == "late"
    assert len(seen) == PAGE_ROWS + 1


def test_threads_share_a_store(store, make_row) -> None:
    rows = [make_row(f"r{number}") for number in range(40)]
    threads = [threading.Thread(target=lambda part=rows[i::4]: [store.append(row) for row in part]) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(store.rows())) == sorted(ids(rows))


APPENDER = """
import sys
from pathlib import Path
import msgspec
from sanderling.telemetry.row import Row
from sanderling.telemetry.store import TelemetryStore
row = msgspec.json.decode(Path(sys.argv[2]).read_bytes(), type=Row)
with TelemetryStore(Path(sys.argv[1])) as store:
    for number in range(50):
        store.append(msgspec.structs.replace(row, request_id=f"{sys.argv[3]}-{number}"))
"""


@pytest.mark.parametrize("damaged", [False, True])
def test_two_processes_append_at_once(tmp_path, make_row, damaged: bool) -> None:
    path = tmp_path / "telemetry.sqlite"
    if damaged:
        path.write_bytes(b"this is no database, but it is longer than a header of one hundred bytes would be" * 20)
    (tmp_path / "row.json").write_bytes(msgspec.json.encode(make_row()))
    processes = [
        subprocess.Popen([sys.executable, "-c", APPENDER, str(path), str(tmp_path / "row.json"), name])
        for name in ("a", "b")
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    with TelemetryStore(path) as store:
        assert sorted(ids(store.rows())) == sorted(f"{name}-{number}" for name in "ab" for number in range(50))
    # Two that find the same damage set one file aside, not each other's new one.
    assert len(set_aside(tmp_path)) == damaged


@pytest.mark.parametrize("begun", ["", "PRAGMA journal_mode = WAL"])
def test_a_file_that_another_process_has_just_begun_is_not_set_aside(tmp_path, make_row, begun: str) -> None:
    path = tmp_path / "telemetry.sqlite"
    path.touch()
    with closing(sqlite3.connect(path)) as other:
        other.execute(begun)
        with TelemetryStore(path) as store:
            store._database._set_aside(sqlite3.DatabaseError("file is not a database"))
            store.append(make_row("r1"))
            assert ids(store.rows()) == ["r1"]
    assert set_aside(tmp_path) == []


def set_aside(folder: Path) -> list[Path]:
    return list(folder.glob("telemetry.sqlite.damaged-*"))


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_file_is_set_aside_with_a_warning(store, make_row, tmp_path, caplog, content: bytes) -> None:
    store.path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        store.append(make_row("r1"))
    assert ids(store.rows()) == ["r1"]
    [aside] = set_aside(tmp_path)
    assert aside.read_bytes() == content
    assert aside.name in caplog.text


def test_damage_inside_an_open_file_costs_the_old_rows_not_the_new_one(store, make_row, tmp_path) -> None:
    for number in range(200):
        store.append(make_row(f"r{number}"))
    store.close()
    content = bytearray(store.path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    store.path.write_bytes(content)
    store.append(make_row("new"))
    assert ids(store.rows()) == ["new"]
    assert len(set_aside(tmp_path)) == 1


def test_a_newer_file_is_left_alone(store, make_row, tmp_path) -> None:
    connection = sqlite3.connect(store.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(MemoryFileError, match="newer sanderling"):
        store.append(make_row())
    assert set_aside(tmp_path) == []


def test_a_folder_in_its_place_is_a_one_line_error(store, make_row) -> None:
    store.path.mkdir()
    with pytest.raises(MemoryFileError, match="is a folder and no file") as caught:
        store.append(make_row())
    assert "\n" not in str(caught.value)


def test_a_full_disk_keeps_what_was_there(store, make_row) -> None:
    store.append(make_row("r1"))
    # SQLite reports its own page limit as it reports a full disk.
    (pages,) = store._database.run(lambda connection: connection.execute("PRAGMA page_count").fetchone())
    store._database.run(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(StorageFull, match="no space left"):
        store.append(make_row("r2", query="x" * 100_000))
    assert ids(store.rows()) == ["r1"]


def test_a_closed_store_opens_again(store, make_row) -> None:
    store.append(make_row("r1"))
    store.close()
    store.append(make_row("r2"))
    assert ids(store.tail()) == ["r1", "r2"]


def test_a_row_too_large_for_the_disk_is_refused_and_the_next_is_kept(make_row, tmp_path) -> None:
    with media.small(tmp_path / "disk", "128k") as disk, TelemetryStore(disk / "telemetry.sqlite") as store:
        large, small = make_row("large", query="q" * 200_000), make_row("small")
        with pytest.raises(StorageFull, match="no space left"):
            store.append(large)
        store.append(small)
        assert store.tail() == [small]


def test_rows_are_read_where_nothing_can_be_written(store, make_row, tmp_path) -> None:
    store.append(make_row())
    store.close()
    with media.read_only(tmp_path, tmp_path.with_name("fixed")) as fixed:
        with TelemetryStore(fixed / "telemetry.sqlite") as read:
            assert ids(read.tail()) == ids(read.rows()) == ["r1"]
            with pytest.raises(MemoryFileError, match="cannot be written: it is on a read-only file system"):
                read.append(make_row("r2"))
            with pytest.raises(MemoryFileError, match="cannot be written"):
                read.rate("r1", score=5)
        with TelemetryStore(fixed / "absent.sqlite") as absent:
            assert absent.tail() == []


def test_a_clock_that_goes_backwards_does_not_change_the_order(store, make_row) -> None:
    for hour in (12, 11, 10):
        store.append(make_row(str(hour), timestamp=f"2026-11-23T{hour}:00:00.000+00:00"))
    assert ids(store.rows()) == ["12", "11", "10"]
    assert ids(store.tail(2)) == ["11", "10"]


def test_rows_are_counted_with_those_of_others_and_without_the_deleted(tmp_path, make_row) -> None:
    path = tmp_path / "telemetry.sqlite"
    with TelemetryStore(path) as store, TelemetryStore(path) as other:
        assert (store.count(), path.exists()) == (0, False)
        for number in range(3):
            store.append(make_row(f"a{number}"))
            other.append(make_row(f"b{number}"))
            assert store.count() == other.count() == 2 * number + 2
        store.forget_requests(["a0", "b1"])
        assert store.count() == 4
        other.forget()
        assert store.count() == 0  # its ids begin anew, which shows
        other.append(make_row("c"))
        assert store.count() == 1


def test_a_count_between_two_questions_reads_no_old_row(tmp_path, make_row) -> None:
    with TelemetryStore(tmp_path / "telemetry.sqlite") as store:
        for number in range(50):
            store.append(make_row(f"r{number}"))
        store.count()
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        store._database.run(lambda connection: connection.set_progress_handler(step, 1))
        assert store.count() == 50
        few = steps
        for number in range(500):
            store.append(make_row(f"s{number}"))
        store.count()
        steps = 0
        assert store.count() == 550
        assert steps <= few + 5  # steps of SQLite's machine, which do not grow with the rows


def test_rows_by_the_beginning_of_an_id(tmp_path: Path, make_row) -> None:
    with TelemetryStore(tmp_path / "t.sqlite") as store:
        assert store.beginning("a") == []
        for id in ("ac", "b", "ab", "a"):
            store.append(make_row(id))
        assert [row.request_id for row in store.beginning("a")] == ["a", "ab"]
        assert [row.request_id for row in store.beginning("ac")] == ["ac"]
        assert store.beginning("c") == []
