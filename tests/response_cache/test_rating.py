"""A bad rating deletes what is kept for its question."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from disk_words import draw, left

from sanderling.response_cache.answers import Answers
from sanderling.response_cache.question import normalised, telling
from sanderling.response_cache.rating import forget_question


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "responses.sqlite"


def keep(path: Path, *asked: tuple[bytes, str, str]) -> None:
    answers = Answers(path)
    for settings, question, said in asked:
        same = normalised(question)
        answers.keep(settings, same, telling(same), b"v", b"h", said.encode(), max_bytes=1 << 20, max_age_days=30.0)
    answers.close()


def test_all_wordings_go_from_the_disk_under_any_settings_and_others_stay(path: Path) -> None:
    bad, other = draw(21, 2)
    asked = "Who repairs the feed pump?"
    keep(path, (b"a", asked, bad), (b"b", asked, bad), (b"a", "What's the pump?", other))
    assert forget_question("who repairs feed  pump") == 0  # in the data folder
    assert forget_question("", path) == 0
    assert left(path.parent, [bad, other]) == {bad, other}
    assert forget_question("Who repairs 'feed pump'", path) == 2
    assert left(path.parent, [bad, other]) == {other}
    assert forget_question(asked, path) == 0


def test_no_file_is_made(path: Path) -> None:
    assert forget_question("Who?", path) == 0
    assert not path.exists()


def test_a_file_that_fails_is_said_with_the_remedy(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.mkdir()
    with caplog.at_level(logging.WARNING):
        assert forget_question("Who?", path) == 0
    assert "sanderling cache clear" in caplog.text
