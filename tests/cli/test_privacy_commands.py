"""What commands say and do about files that others could read, and about forgetting."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from disk_words import draw, left

from sanderling import config, doctor
from sanderling.disk import files
from sanderling.memory import Memory


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def asked(call, scripted, memory):
    """Questions of words of their own, asked."""
    words = draw(9, 3)
    for word in words:
        result = call("ask", f"Who is {word}?", "--model", "small", "-m", memory)
        assert result.code == 0, result
    return words


def test_what_an_answer_writes_is_its_owners(asked, home, modes) -> None:
    assert mode(home) == 0o700
    found = modes(home)
    assert found.keys() >= {"telemetry.sqlite", "telemetry.salt"}
    assert set(found.values()) == {0o600}


def test_log_forget_leaves_no_word(asked, call, home) -> None:
    assert left(home, asked) == set(asked)
    assert call("log", "forget", "--older-than", "1d", "--json").json == {"forgotten": 0, "conversations": 0}
    assert left(home, asked) == set(asked)
    assert call("log", "forget").out == "3 requests forgotten\n"
    assert left(home, asked) == set()
    assert call("log", "forget").out == "0 requests forgotten\n"


def test_an_answer_forgets_rows_older_than_the_settings_say(asked, call, home, memory) -> None:
    (home / "config.toml").write_text("log_days = 0\n")
    assert call("ask", "Who comes last?", "--model", "small", "-m", memory).code == 0
    assert left(home, asked) == set()


def test_log_forget_without_a_log_makes_none(call, home) -> None:
    assert call("log", "forget", "--json").json == {"forgotten": 0, "conversations": 0}
    assert not (home / "telemetry.sqlite").exists()
    assert not (home / "conversations.sqlite").exists()


def test_cache_clear_leaves_no_word(call, scripted, memory, home) -> None:
    (config.made_home() / "config.toml").write_text("response_cache_bytes = 1048576\n")
    words = draw(10, 2)
    scripted(say=f"It is {words[1]}")
    assert call("ask", f"Who repairs the pump, {words[0]}?", "--model", "small", "-m", memory).code == 0
    responses = [path for path in home.iterdir() if not path.name.startswith("responses")]
    assert left(home, words, but=responses) == set(words)
    assert call("cache", "clear", "--json").json == {"forgotten": 1}
    assert left(home, words, but=responses) == set()


def test_a_loose_data_folder_is_mended_and_said_by_the_next_command_only(process, home, asked) -> None:
    home.chmod(0o755)
    (home / "telemetry.sqlite").chmod(0o644)
    first, second = process("log"), process("log")
    assert (mode(home), mode(home / "telemetry.sqlite")) == (0o700, 0o600)
    assert [line for line in first.err.splitlines() if "open to other users" in line] == first.err.splitlines()
    assert len(first.err.splitlines()) == 1
    assert second.err == ""


def test_ingest_warns_of_a_memory_that_everybody_can_read_and_leaves_it(
    call, words, notes, memory, monkeypatch
) -> None:
    memory.chmod(0o644)
    monkeypatch.setattr(files, "open_to_all", lambda path: path == memory)
    said = call("ingest", notes, "-m", memory).err
    assert f"every user of this machine can read your notes in {memory}: chmod 600" in said
    assert mode(memory) == 0o644
    monkeypatch.undo()


def test_ingest_says_nothing_of_a_memory_that_it_makes(call, words, notes, tmp_path) -> None:
    result = call("ingest", notes, "-m", tmp_path / "new.sanderling")
    assert "every user" not in result.err
    assert mode(tmp_path / "new.sanderling") == mode(tmp_path / "new.sanderling.idx") == 0o600


def test_doctor_lists_modes_and_names_what_everybody_can_read(home, memory, monkeypatch, asked) -> None:
    status, message = doctor._files(memory)
    assert status == "ok"
    assert f"{home} 0700" in message
    assert "telemetry.sqlite 0600" in message
    assert f"{memory} 0600" in message
    monkeypatch.setattr(files, "open_to_all", lambda path: path == memory)
    status, message = doctor._files(memory)
    assert status == "note"
    assert f"can read {memory}: chmod 600" in message


def test_pruning_by_the_command_takes_the_kept_answers_along(call, scripted, notes, memory, home) -> None:
    (config.made_home() / "config.toml").write_text("response_cache_bytes = 1048576\n")
    (word,) = draw(12, 1)
    scripted(say=f"It is {word}")
    assert call("ask", "Who is Ada Lind?", "--model", "small", "-m", memory).code == 0
    assert left(home, [word])
    for note in notes.iterdir():
        note.write_text("It was sold.")
    assert call("ingest", notes, "-m", memory).code == 0
    assert not left(home, [word], but=[memory, *memory.parent.glob("*.json")])


def test_a_repair_that_forgets_notes_takes_the_kept_answers_along(call, scripted, memory, home) -> None:
    (config.made_home() / "config.toml").write_text("response_cache_bytes = 1048576\n")
    (word,) = draw(13, 1)
    scripted(say=f"It is {word}")
    assert call("ask", "Who is Ada Lind?", "--model", "small", "-m", memory).code == 0
    assert left(home, [word])
    connection = sqlite3.connect(memory)
    with connection:
        connection.execute("DELETE FROM vector")
    connection.close()
    assert call("memory", "repair", "-m", memory).code == 0
    assert not left(home, [word])


def test_pruning_by_the_command_leaves_no_word(call, words, notes, memory) -> None:
    assert left(memory.parent, ["Ofotfjord"], but=notes.iterdir())
    (notes / "ada.md").unlink()
    assert call("ingest", "--prune", notes, "-m", memory).code == 0
    assert left(memory.parent, ["Ofotfjord"]) == set()


def test_texts_that_a_repair_keeps_aside_are_their_owners(call, tmp_path, hash_embedder, modes) -> None:
    path = tmp_path / "m.sanderling"
    with Memory.open(path, hash_embedder) as opened:
        opened.add("A note by hand", uri="note:mine")
        opened.store.database.execute("DELETE FROM vector")
    assert call("memory", "repair", "-m", path).code == 0
    assert {name: mode for name, mode in modes(tmp_path).items() if name.startswith("forgotten")} == {
        next(tmp_path.glob("forgotten-*")).name: 0o600
    }
