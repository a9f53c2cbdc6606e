"""What a person thinks of an answer reaches its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.errors import UsageError
from sanderling.telemetry import feedback
from sanderling.telemetry.store import TelemetryStore


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))


@pytest.mark.parametrize(("given", "score"), [("up", 5), ("down", 1), ("3", 3), (4.5, 4.5)])
def test_words_and_numbers_are_scores(given: str | float, score: float) -> None:
    assert feedback.score_of(given) == score


@pytest.mark.parametrize("given", ["0", "6", "sideways", "nan", "", 0.5])
def test_anything_else_is_refused(given: str | float) -> None:
    with pytest.raises(UsageError, match="up, down, or a number from 1 to 5"):
        feedback.score_of(given)


def test_the_last_answer_by_default_and_any_by_its_id(make_row) -> None:
    with pytest.raises(UsageError, match="no answer to rate"):
        feedback.rate("up")
    with TelemetryStore() as store:
        store.append(make_row("one"))
        store.append(make_row("two"))
    assert feedback.rate("up").request_id == "two"
    assert feedback.rate(2, "one").quality.score == 2
    with TelemetryStore() as store:
        assert [row.quality.score for row in store.tail()] == [2, 5]
    with pytest.raises(UsageError, match="no request three"):
        feedback.rate("up", "three")


def test_the_beginning_of_one_id_is_enough(make_row) -> None:
    with TelemetryStore() as store:
        for id in ("abc1", "abc", "abd%", "x_y"):
            store.append(make_row(id))
    assert [feedback.rate("up", letters).request_id for letters in ("abc1", "abc", "abd", "x")] == [
        "abc1",
        "abc",
        "abd%",
        "x_y",
    ]
    with pytest.raises(UsageError, match=r"ab begins more than one id: give more of it, as  sanderling log --json"):
        feedback.rate("up", "ab")
    for unknown in ("", "b", "abcd", "%", "_", "ABC", "y", "\udcff"):
        with pytest.raises(UsageError, match=r"there is no request .*: sanderling log  shows their ids"):
            feedback.rate("up", unknown)
