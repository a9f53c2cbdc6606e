"""The telemetry and the response cache compare what a file defines with what they define; another one is set aside."""

from __future__ import annotations

import logging
import sqlite3

import pytest

from sanderling.errors import SanderlingError
from sanderling.response_cache.answers import Answers
from sanderling.telemetry.store import TelemetryStore

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id, i AS json FROM n"
STORES = {TelemetryStore: ("row", lambda store: store.tail()), Answers: ("answer", lambda store: store.stats())}


def made(store, make_row):
    """Write to it: reading makes no file."""
    if isinstance(store, TelemetryStore):
        store.append(make_row("made"))
    else:
        store.keep(b"s", "q", "q", b"v", b"h", b"d", max_bytes=1 << 20, max_age_days=30)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(
    "statement",
    [
        f"DROP TABLE {{0}}; CREATE VIEW {{0}} AS {ENDLESS}",
        "CREATE TRIGGER thief AFTER INSERT ON {0} BEGIN DELETE FROM {0}; END",
        "CREATE TABLE extra(a)",
        "ALTER TABLE {0} ADD COLUMN extra TEXT",
    ],
)
def test_a_foreign_schema_is_set_aside(tmp_path, caplog, make_row, store, version, statement):
    path = tmp_path / "t.sqlite"
    table, use = STORES[store]
    opened = store(path)
    made(opened, make_row)
    opened.close()
    connection = sqlite3.connect(path)
    connection.executescript(f"{statement.format(table)}; PRAGMA user_version = {version};")
    connection.close()
    with caplog.at_level(logging.WARNING):
        use(opened)
        use(opened)
    opened.close()
    assert len(list(tmp_path.glob("t.sqlite.damaged-*"))) >= 1
    assert caplog.text.count("a new one was begun") == 1


@pytest.mark.parametrize("value", ["NULL", "1", "'x'", "x'ff'", "CAST(x'ff' AS TEXT)", "9e999"])
def test_values_of_another_kind_are_one_line_or_nothing(tmp_path, make_row, value):
    store = TelemetryStore(tmp_path / "t.sqlite")
    store.append(make_row("r1"))
    store.close()
    answers = Answers(tmp_path / "a.sqlite")
    answers.keep(b"s", "q", "q", b"v", b"h", b"d", max_bytes=1 << 20, max_age_days=30)
    answers.close()
    for name, table in (("t", "row"), ("a", "answer")):
        connection = sqlite3.connect(tmp_path / f"{name}.sqlite")
        for _, column, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
            try:
                connection.execute(f"UPDATE {table} SET {column} = {value}")
            except sqlite3.IntegrityError:
                continue
        connection.commit()
        connection.close()
    for use in (
        store.tail,
        lambda: list(store.rows()),
        answers.stats,
        lambda: answers.candidates(b"s", "q", 30),
        lambda: answers.keep(b"s", "q", "q", b"v", b"h", b"d", max_bytes=1 << 20, max_age_days=30),
        answers.clear,
    ):
        try:
            use()
        except SanderlingError as error:
            assert "\n" not in str(error)
    store.close()
    answers.close()
