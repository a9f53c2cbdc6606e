from __future__ import annotations

import stat

import pytest

from sanderling.device import speed_log
from sanderling.device.speed_log import KEPT, MOST_SUBJECTS, WRITE_EVERY, AnswerCost, SpeedLog, Subject

SUBJECT = Subject(model_id="small", file="abc", engine="llama_cpp", n_threads=2, n_threads_prefill=2)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))


def cost(number: float) -> AnswerCost:
    return AnswerCost(at_s=number, prefill_tokens_per_s=number)


def test_the_last_answers_are_kept_for_later_processes() -> None:
    log = SpeedLog()
    for number in range(KEPT + 3):
        log.add(SUBJECT, cost(number))
    assert [each.at_s for each in log.of(SUBJECT)] == list(range(3, KEPT + 3))
    log.save()
    assert SpeedLog().of(SUBJECT) == log.of(SUBJECT)
    assert stat.S_IMODE(speed_log.path().stat().st_mode) == 0o600


def test_reading_makes_no_file_and_a_few_answers_are_written_together() -> None:
    log = SpeedLog()
    assert log.of(SUBJECT) == ()
    for number in range(WRITE_EVERY - 1):
        log.add(SUBJECT, cost(number))
    assert not speed_log.path().exists()
    log.add(SUBJECT, cost(9))
    assert len(SpeedLog().of(SUBJECT)) == WRITE_EVERY


def test_two_processes_lose_nothing_of_each_other() -> None:
    one, other = SpeedLog(), SpeedLog()
    one.of(SUBJECT), other.of(SUBJECT)
    one.add(SUBJECT, cost(1))
    other.add(SUBJECT, cost(2))
    one.save()
    other.save()
    assert [each.at_s for each in SpeedLog().of(SUBJECT)] == [1, 2]


def test_other_threads_and_files_are_other_subjects_and_an_unknown_engine_the_last() -> None:
    from msgspec.structs import replace

    log = SpeedLog()
    log.add(SUBJECT, cost(1))
    log.add(replace(SUBJECT, engine="xllamacpp"), cost(2))
    assert log.of(replace(SUBJECT, n_threads=1)) == log.of(replace(SUBJECT, file="abd")) == ()
    assert log.of(replace(SUBJECT, engine="")) == (cost(2),)


def test_the_file_stays_small() -> None:
    from msgspec.structs import replace

    log = SpeedLog()
    for number in range(MOST_SUBJECTS + 5):
        log.add(replace(SUBJECT, model_id=f"m{number}"), cost(number))
    log.save()
    known = speed_log.read()
    assert len(known) == MOST_SUBJECTS
    assert replace(SUBJECT, model_id="m4") not in known


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"\xff\xfe", b'[{"subject":{}}]', b"[" * 100_000])
def test_a_damaged_file_costs_predictions_only(data: bytes) -> None:
    speed_log.path().parent.mkdir()
    speed_log.path().write_bytes(data)
    log = SpeedLog()
    assert log.of(SUBJECT) == ()
    log.add(SUBJECT, cost(1))
    log.save()
    assert SpeedLog().of(SUBJECT) == (cost(1),)


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "file" / "home"))
    log = SpeedLog()
    try:
        log.add(SUBJECT, cost(1))
        log.save()
    finally:
        monkeypatch.undo()
