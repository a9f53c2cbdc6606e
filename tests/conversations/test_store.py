"""The file of conversations: bounds, other processes, damage, a full disk."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import media
import pytest
from disk_words import draw, left

from sanderling.conversations.store import ConversationStore
from sanderling.conversations.turn import KeptSource, KeptTurn
from sanderling.errors import MemoryFileError, StorageFull
from sanderling.filter import Filter

MEMORY = "/notes.sanderling"
STATE = b"state"


def turn(question: str = "Who?", number: int = 0, **fields) -> KeptTurn:
    return KeptTurn(question=question, answer="Ada", request_id=f"r{number}", asked_at="2026-01-01T00:00:00", **fields)


def source(key: int, uri: str = "") -> KeptSource:
    return KeptSource(key=key, node_id=f"n{key}", title="Pump", uri=uri, position=0, score=0.5, sentence=f"s{key}")


def keep(store: ConversationStore, id: str, *, version: int = 0, kept: KeptTurn | None = None) -> int | None:
    return store.keep(id, MEMORY, Filter(), kept or turn(f"Who is {id}?"), version, STATE)


def aged(store: ConversationStore, id: str, days: float) -> None:
    then = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
    store._database.run(lambda open_: open_.execute("UPDATE conversation SET used_at = ? WHERE id = ?", (then, id)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[ConversationStore]:
    opened = ConversationStore(path)
    yield opened
    opened.close()


def test_reading_makes_no_file(store: ConversationStore, path: Path) -> None:
    assert store.shown() == store.ids("a") == ()
    assert store.version("a") is store.load("a") is None
    assert store.sources(MEMORY) == store.request_ids(["a"]) == store.older(None) == []
    assert store.forget(["a"]) == 0
    store.apply_bounds()
    assert not path.exists()


def test_turns_come_back_in_their_order_with_filter_and_state(store: ConversationStore) -> None:
    only = Filter(tags=("pump",))
    version = 0
    for number in range(12):
        version = store.keep("a", MEMORY, only, turn(f"q{number}", number), version, STATE + bytes([number]))
    loaded = store.load("a")
    assert [each.question for each in loaded.turns] == [f"q{number}" for number in range(12)]
    assert (loaded.filter, loaded.state, loaded.version) == (only, STATE + bytes([11]), 12)
    assert (loaded.conversation.title, loaded.conversation.turns) == ("q0", 12)


def test_a_state_is_written_only_over_the_one_it_was_made_from(store: ConversationStore) -> None:
    assert keep(store, "a") == 1
    assert keep(store, "a", version=1) == 2
    assert keep(store, "a", version=1) == 3  # made without the turn before
    assert store.load("a").state is None
    assert store.load("a").conversation.turns == 3


def test_a_forgotten_conversation_is_not_written_again(store: ConversationStore) -> None:
    keep(store, "a")
    assert store.forget(["a"]) == 1
    assert keep(store, "a", version=1) is None
    assert store.shown() == ()


def test_the_last_used_are_kept_up_to_a_number(path: Path) -> None:
    store = ConversationStore(path, keep=3)
    for id in "abcd":
        keep(store, id)
    assert [each.id for each in store.shown()] == ["d", "c", "b"]
    keep(store, "b", version=1)
    keep(store, "e")
    assert [each.id for each in store.shown()] == ["e", "b", "d"]
    store.close()
    fewer = ConversationStore(path, keep=1)
    assert [each.id for each in fewer.shown()] == ["e"]
    fewer.close()
    none = ConversationStore(path, keep=0)
    none.apply_bounds()
    assert none.shown() == ()
    none.close()


def test_old_ones_go_with_their_words_when_the_file_is_opened(store: ConversationStore, path: Path, tmp_path) -> None:
    words = draw(41, 3)
    for word in words:
        keep(store, word)
    aged(store, words[0], 91)
    aged(store, words[1], 89)
    store.close()
    opened = ConversationStore(path, keep_days=90)
    assert {each.id for each in opened.shown()} == set(words[1:])
    assert left(tmp_path, words) == set(words[1:])
    opened.close()


def test_forgetting_leaves_no_word_in_any_page(store: ConversationStore, tmp_path: Path) -> None:
    words = draw(42, 40)
    for at, word in enumerate(words):  # states over many pages, written again and again
        version = 0
        for number in range(4):
            state = f"{word} ".encode() * (50 + 200 * number)
            version = store.keep(f"c{at}", MEMORY, Filter(tags=(word,)), turn(f"{word}?", number), version, state)
    assert left(tmp_path, words) == set(words)
    assert store.forget([f"c{at}" for at in range(0, 40, 2)]) == 20
    assert left(tmp_path, words) == set(words[1::2])
    assert store.forget(store.older(None)) == 20
    assert left(tmp_path, words) == set()


def test_only_those_without_a_turn_for_long_are_older(store: ConversationStore) -> None:
    for id, days in (("a", 1), ("b", 10), ("c", 100)):
        keep(store, id)
        aged(store, id, days)
    assert store.older(30) == ["c"]
    assert set(store.older(5)) == {"b", "c"}
    assert set(store.older(None)) == {"a", "b", "c"}


def test_notes_are_struck_from_the_turns_that_showed_them(store: ConversationStore) -> None:
    keep(store, "a", kept=turn(sources=(source(1), source(2))))
    keep(store, "a", version=1, kept=turn(number=1, sources=(source(2),)))
    keep(store, "b", kept=turn(sources=(source(3),)))
    store.strike({("a", 1): {(2, "n2"): False}})
    first, second = store.load("a").turns
    assert ([each.key for each in first.sources], first.answer, first.forgotten) == ([1], "Ada", False)
    assert [each.key for each in second.sources] == [2]
    assert (store.load("a").state, store.load("b").state) == (None, STATE)
    store.strike({("a", 2): {(2, "n2"): True}})
    second = store.load("a").turns[1]
    assert (second.sources, second.answer, second.forgotten) == ((), "", True)
    assert {(each.conversation, each.key) for each in store.sources(MEMORY)} == {("a", 1), ("b", 3)}


def test_many_processes_write_at_once(path: Path) -> None:
    code = (
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}\n"
        "from pathlib import Path\n"
        "from test_store import keep\n"
        "from sanderling.conversations.store import ConversationStore\n"
        "store = ConversationStore(Path(sys.argv[1]))\n"
        "version = 0\n"
        "for _ in range(20): version = keep(store, sys.argv[2], version=version)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "abcd"]
    assert [process.wait(60) for process in running] == [0] * 4
    store = ConversationStore(path)
    assert {(each.id, each.turns) for each in store.shown()} == {(name, 20) for name in "abcd"}
    assert all(store.load(name).state == STATE for name in "abcd")
    store.close()


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 30])
def test_a_damaged_file_is_set_aside_and_forgotten_with_the_rest(
    store: ConversationStore, path: Path, tmp_path: Path, caplog, damage: bytes
) -> None:
    (word,) = draw(43, 1)
    keep(store, word)
    store.close()
    kept = path.read_bytes()
    path.write_bytes(damage + kept[len(damage) or 100 :])
    opened = ConversationStore(path)
    assert opened.shown() == ()
    assert len([record for record in caplog.records if "damaged" in record.message]) == 1
    assert keep(opened, "a") == 1
    opened.forget(["a"])
    assert not left(tmp_path, [word])
    assert not list(tmp_path.glob("*.damaged-*"))
    opened.close()


def test_what_another_program_wrote_is_refused_in_a_line(store: ConversationStore) -> None:
    keep(store, "a")
    for column, value in (("filter", b"no json"), ("turns", "many"), ("title", b"\xff")):
        store._database.run(lambda open_, c=column, v=value: open_.execute(f"UPDATE conversation SET {c} = ?", (v,)))
        with pytest.raises(MemoryFileError):
            store.load("a")
    assert store.forget(["a"]) == 1


def test_a_newer_format_is_refused(store: ConversationStore, path: Path) -> None:
    keep(store, "a")
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(MemoryFileError, match="newer"):
        store.shown()


def test_a_full_disk_keeps_what_there_was(tmp_path: Path) -> None:
    with media.small(tmp_path / "disk", "256k") as disk:
        store = ConversationStore(disk / "conversations.sqlite")
        keep(store, "a")
        with pytest.raises(StorageFull):
            for _ in range(100):
                store.keep("b", MEMORY, Filter(), turn(), 0 if store.version("b") is None else 1, b"x" * 20_000)
        assert [each.id for each in store.shown()][-1] == "a"
        store.close()


def test_the_file_is_its_owners(store: ConversationStore, tmp_path: Path, modes) -> None:
    keep(store, "a")
    found = modes(tmp_path)
    assert set(found.values()) == {0o600}
    assert found.keys() >= {"conversations.sqlite", "conversations.sqlite-wal", "conversations.sqlite-shm"}
