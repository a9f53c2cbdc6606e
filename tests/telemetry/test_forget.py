"""Rows that are forgotten, by command or by age, leave no word in the telemetry's files."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from disk_words import draw, left

from sanderling.telemetry.store import TelemetryStore

WORDS = draw(5, 40)


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")


@pytest.fixture
def store(tmp_path, make_row):
    """A row a day, each of a word of its own, some of them rated."""
    with TelemetryStore(tmp_path / "telemetry.sqlite") as opened:
        for day, word in enumerate(WORDS):
            opened.append(make_row(f"r{day}", query=f"Who is {word}? " * 200, timestamp=ago(day + 0.5)))
        for day in range(0, len(WORDS), 3):
            opened.rate(f"r{day}", score=4.0, label="correct", judge_model=f"judge of {WORDS[day]}")
        yield opened


def test_all_rows_are_forgotten_with_their_ratings(store, tmp_path) -> None:
    assert left(tmp_path, WORDS) == set(WORDS)
    assert store.forget() == len(WORDS)
    assert left(tmp_path, WORDS) == set()
    assert store.tail() == []


def test_only_rows_of_a_greater_age_are_forgotten(store, tmp_path) -> None:
    assert store.forget(30) == 10
    assert left(tmp_path, WORDS) == set(WORDS[:30])
    assert len(list(store.rows())) == 30


def test_what_was_set_aside_as_damaged_is_forgotten_with_the_rows(store, tmp_path, make_row) -> None:
    store._database.run(lambda open_: open_.execute("CREATE VIEW strange AS SELECT 1"))
    store.close()
    store.append(make_row("new", timestamp=ago(0)))
    assert left(tmp_path, WORDS) == set(WORDS)
    assert store.forget(1) == 0
    assert left(tmp_path, WORDS) == set(WORDS)  # it was set aside today
    store.path.unlink()
    assert store.forget() == 0
    assert left(tmp_path, WORDS) == set()


def test_what_was_set_aside_long_ago_is_older_than_the_log_keeps(tmp_path, make_row) -> None:
    aside = tmp_path / "telemetry.sqlite.damaged-20200101T000000000000"
    for suffix in ("", "-wal"):
        aside.with_name(aside.name + suffix).touch()
    (tmp_path / "telemetry.sqlite.damaged-99990101T000000000000").touch()
    with TelemetryStore(tmp_path / "telemetry.sqlite", keep_days=7) as opened:
        opened.append(make_row("new"))
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1


def test_rows_older_than_the_log_keeps_go_when_it_is_opened(store, tmp_path, make_row) -> None:
    with TelemetryStore(store.path, keep_days=7) as opened:
        opened.append(make_row("new", query="now", timestamp=ago(0)))
        assert left(tmp_path, WORDS) == set(WORDS[:7])
        # Once a process, not once an answer.
        opened.append(make_row("old", query="then", timestamp=ago(400)))
        opened.append(make_row("newer", query="now", timestamp=ago(0)))
        assert [row.request_id for row in opened.tail(3)] == ["new", "old", "newer"]
    assert store.forget(300) == 1


def test_old_rows_that_cannot_be_deleted_cost_no_new_one(store, make_row, monkeypatch, caplog) -> None:
    def locked(connection, days):
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr("sanderling.telemetry.store._delete", locked)
    with TelemetryStore(store.path, keep_days=7) as opened:
        opened.append(make_row("new"))
        assert opened.tail(1)[0].request_id == "new"
    assert "too old" in caplog.text


def test_what_an_earlier_version_left_goes_with_the_next_forgetting(store, tmp_path) -> None:
    store.close()
    with sqlite3.connect(store.path) as earlier:
        earlier.execute("PRAGMA secure_delete = OFF")
        earlier.execute("DELETE FROM row WHERE id > 5")
    earlier.close()
    assert left(tmp_path, WORDS[20:])
    store.forget(30)
    assert left(tmp_path, WORDS) == set(WORDS[:5])


def test_files_with_words_are_their_owners(tmp_path, make_row, modes) -> None:
    with TelemetryStore(tmp_path / "telemetry.sqlite") as store:
        store.append(make_row())
        store.export_jsonl(tmp_path / "rows.jsonl")
        found = modes(tmp_path)
    assert set(found.values()) == {0o600}
    assert found.keys() >= {"telemetry.sqlite", "telemetry.sqlite-wal", "telemetry.sqlite-shm", "rows.jsonl"}
