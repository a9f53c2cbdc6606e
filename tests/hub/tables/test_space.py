"""Who sees which rows, and up to where they were read."""

from __future__ import annotations

import pytest
from devices import SPACE, Fleet, psycopg

from sanderling.errors import HubError
from sanderling.hub.sync import sync
from sanderling.hub.tables import rows, schema
from sanderling.hub.tables.rows import Sent
from sanderling.hub.tables.space import Space, horizon, opened, snapshot
from sanderling.hub.unit import UnitKey, Version
from sanderling.privacy_rules import PrivacyRules

ORIGIN = "00000000-0000-4000-8000-000000000001"


def read(space: Space, since: int) -> tuple[set[str], int]:
    with snapshot(space):
        return {head.key.name for head in rows.heads(space, since)}, horizon(space)


def write(space: Space, name: str) -> None:
    rows.fill(space, [Sent(UnitKey("note", name), Version(1.0, ORIGIN, b"x" * 32))])
    rows.add_new(space)


def test_a_row_of_a_transaction_that_ends_late_is_read_all_the_same(fleet):
    """The trap of sequence numbers: the first writer's row becomes visible below the number that a reader has seen."""
    with fleet.space() as slow, fleet.space() as fast, fleet.space() as reader:
        with slow.connection.transaction():
            write(slow, "slow")
            with fast.connection.transaction():
                write(fast, "fast")
            seen, cursor = read(reader, 0)
            assert seen == {"fast"}
            again, cursor = read(reader, cursor)
            assert again == {"fast"}, "rows above the horizon are read again until they are below it"
        seen, cursor = read(reader, cursor)
        assert seen == {"slow", "fast"}
        assert read(reader, cursor)[0] == set()


def test_a_role_sees_its_own_spaces_alone(fleet):
    with fleet.owner() as owner:
        schema.init(owner, "team", "stranger", "", 0)
    fleet.memory("a").add("The winch is greased.", uri="note:winch")
    fleet.sync("a")
    with psycopg.connect(fleet.dsn("stranger"), autocommit=True) as other:
        assert opened(other, "team").name == "team"
        with pytest.raises(HubError, match="you may use team"):
            opened(other, SPACE)
        for table in ("unit", "conflict", "device", "drawn", "piece"):
            assert other.execute(f"SELECT count(*) FROM sanderling.{table}").fetchone() == (0,)
        assert other.execute("SELECT space, role FROM sanderling.member").fetchall() == [("team", "stranger")]
        assert other.execute("UPDATE sanderling.unit SET name = 'x'").rowcount == 0
        assert other.execute("DELETE FROM sanderling.unit").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute("INSERT INTO sanderling.member VALUES ('notes', 'stranger')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), other.transaction():
            write(Space(other, SPACE, "", pieces=False), "smuggled")
        memory = fleet.memory("b")
        assert sync(memory, opened(other, "team"), PrivacyRules()).pulled == 0
    assert fleet.sync("b").pulled == 1


def test_a_database_without_a_hub_is_told_apart(fleet):
    with fleet.owner("postgres") as owner, pytest.raises(HubError, match="hub init"):
        from sanderling.hub.connect import explained

        with explained():
            opened(owner, SPACE)


def test_init_twice_changes_nothing(fleet: Fleet):
    with fleet.owner() as owner:
        before = owner.execute("SELECT id FROM sanderling.hub").fetchall()
        schema.init(owner, SPACE, "device", "", 0)
        assert owner.execute("SELECT id FROM sanderling.hub").fetchall() == before
