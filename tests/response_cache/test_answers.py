"""The file of kept answers: its bounds, its order of forgetting, damage, several processes."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from disk_words import draw, left
from hypothesis import given, settings
from hypothesis import strategies as st

from sanderling.response_cache import answers as module
from sanderling.response_cache.answers import Answers

KEY = b"settings"


def put(answers: Answers, question: str, size: int = 10, max_bytes: int = 1 << 20, days: float = 30.0) -> None:
    answers.keep(KEY, question, question.lower(), b"v", b"h", b"x" * size, max_bytes=max_bytes, max_age_days=days)


def held(answers: Answers, *questions: str) -> list[str]:
    return [
        question
        for question in questions
        if any(row.question == question for row in answers.candidates(KEY, question.lower(), 30.0))
    ]


@pytest.fixture
def answers(tmp_path: Path):
    opened = Answers(tmp_path / "responses.sqlite")
    yield opened
    opened.close()


def test_an_answer_is_found_by_its_telling_words_under_its_settings(answers: Answers) -> None:
    for question in ("a", "A", "b"):
        put(answers, question)
    assert {row.question for row in answers.candidates(KEY, "a", 30.0)} == {"a", "A"}
    assert answers.candidates(b"others", "a", 30.0) == []


def test_the_same_question_again_takes_the_place(answers: Answers) -> None:
    put(answers, "a", size=1)
    put(answers, "a", size=2)
    (row,) = answers.candidates(KEY, "a", 30.0)
    assert row.draft == b"xx"


def test_old_answers_are_not_found_and_go(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    put(answers, "old")
    later = time.time() + 2 * module.DAY_S
    monkeypatch.setattr(time, "time", lambda: later)
    assert answers.candidates(KEY, "old", 1.0) == []
    assert answers.stats().oldest_days == pytest.approx(2, abs=0.1)
    put(answers, "new", days=1.0)
    assert answers.stats().answers == 1


def test_the_least_recently_used_goes_first(answers: Answers) -> None:
    bound = 400_000
    for name in "abc":
        put(answers, name, size=100_000, max_bytes=bound)
    (row,) = answers.candidates(KEY, "a", 30.0)
    answers.used(row.id)
    put(answers, "d", size=100_000, max_bytes=bound)
    assert held(answers, *"abcd") == ["a", "c", "d"]
    assert answers.stats().hits == 1


def test_an_answer_larger_than_the_bound_is_not_kept(answers: Answers) -> None:
    put(answers, "a", size=200_000, max_bytes=100_000)
    assert answers.stats().answers == 0


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60_000)), max_size=30))
def test_bytes_in_use_stay_within_the_bound_and_the_file_within_one_answer_more(puts: list[tuple[int, int]]) -> None:
    bound = 150_000
    with tempfile.TemporaryDirectory() as folder:
        answers = Answers(Path(folder) / "responses.sqlite")
        for question, size in puts:
            put(answers, str(question), size, bound)
            assert answers.stats().used_bytes <= bound
        answers.close()
        assert not puts or answers.path.stat().st_size <= bound + 60_000 + 8 * 4096


def test_clearing_takes_the_words_off_the_disk(answers: Answers) -> None:
    put(answers, "a secret question")
    assert answers.clear() == 1
    answers.close()
    assert b"secret" not in b"".join(path.read_bytes() for path in answers.path.parent.iterdir())


def test_a_damaged_file_is_set_aside_with_a_warning(answers: Answers, caplog: pytest.LogCaptureFixture) -> None:
    put(answers, "a")
    answers.close()
    answers.path.write_bytes(b"not a database at all" * 400)
    with caplog.at_level(logging.WARNING):
        assert answers.candidates(KEY, "a", 30.0) == []
    assert "damaged" in caplog.text
    put(answers, "b")
    assert held(answers, "b") == ["b"]
    assert list(answers.path.parent.glob("*.damaged-*"))
    answers.clear()
    assert not list(answers.path.parent.glob("*.damaged-*"))


def test_a_file_of_a_newer_version_is_left_alone(answers: Answers) -> None:
    from sanderling.errors import MemoryFileError

    with sqlite3.connect(answers.path) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(MemoryFileError, match="newer"):
        answers.stats()


def test_processes_write_at_once_and_one_that_is_killed_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "responses.sqlite"
    code = """if True:
        import sys
        from pathlib import Path
        from sanderling.response_cache.answers import Answers
        answers, at = Answers(Path(sys.argv[1])), 0
        while at < 50 or sys.argv[2] == "killed":
            question = f"{sys.argv[2]} {at}"
            answers.keep(b"s", question, question, b"v", b"h", b"x" * 2000, max_bytes=1 << 28, max_age_days=1)
            at += 1
            if at == 10:
                print("going", flush=True)
    """
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(path), name], stdout=subprocess.PIPE)
        for name in ("one", "two", "killed")
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    processes[2].kill()
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes[:2]] == [0, 0]
    answers = Answers(path)
    for name in ("one", "two"):
        assert all(answers.candidates(b"s", f"{name} {at}", 1.0) for at in range(50))
    answers.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_what_is_cleared_forgotten_expired_or_crowded_out_leaves_no_word(
    answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = draw(6, 30)

    def keep(*those: str, max_bytes: int = 1 << 22) -> None:
        for word in those:
            put(answers, f"who is {word}", size=3000, max_bytes=max_bytes)

    keep(*words[:10])
    assert left(tmp_path, words) == set(words[:10])
    (row,) = answers.candidates(KEY, f"who is {words[0]}", 30.0)
    answers.forget(row.id)
    assert left(tmp_path, words) == set(words[1:10])
    answers.clear()
    assert left(tmp_path, words) == set()
    keep(*words[10:20])
    keep(words[20], max_bytes=40_000)
    assert words[10] not in left(tmp_path, words)
    assert words[20] in left(tmp_path, words)
    later = time.time() + 40 * module.DAY_S
    monkeypatch.setattr(time, "time", lambda: later)
    keep(words[21])
    assert left(tmp_path, words) == {words[21]}


def test_answers_grow_old_while_nobody_asks_and_while_the_cache_is_off(tmp_path: Path) -> None:
    words = draw(7, 3)
    answers = Answers(tmp_path / "responses.sqlite")
    for word in words:
        put(answers, f"who is {word}")
    answers.close()
    with sqlite3.connect(answers.path) as old:
        old.execute("UPDATE answer SET made_at = 0 WHERE question <> ?", (f"who is {words[2]}",))
    old.close()
    assert left(tmp_path, words) == set(words)
    again = Answers(answers.path, max_age_days=30.0)
    again.expire()
    assert left(tmp_path, words) == {words[2]}
    again.close()
    Answers(tmp_path / "none.sqlite", max_age_days=30.0).expire()
    assert not (tmp_path / "none.sqlite").exists()


def test_its_files_are_their_owners(tmp_path: Path, modes) -> None:
    answers = Answers(tmp_path / "responses.sqlite")
    put(answers, "a")
    found = modes(tmp_path)
    answers.close()
    assert set(found.values()) == {0o600}
    assert found.keys() >= {"responses.sqlite", "responses.sqlite-wal", "responses.sqlite-shm"}
