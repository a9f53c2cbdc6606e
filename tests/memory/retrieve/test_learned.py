"""Learned weights: the current and the previous ones of each embedder, and what is damaged."""

from __future__ import annotations

import os
import stat

import pytest

from sanderling import config
from sanderling.errors import UsageError
from sanderling.memory.retrieve import learned
from sanderling.memory.retrieve.attention_weights import SHIPPED
from sanderling.memory.retrieve.learned import Learned, State
from sanderling.memory.retrieve.training.export import to_bytes
from sanderling.memory.retrieve.training.network import initial

ID = "an/embedder@1"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "home", lambda: tmp_path)
    return tmp_path


def weights(when="2026-01-01T00:00:00+00:00", data=None):
    data = SHIPPED.read_bytes() if data is None else data
    return Learned(weights=data, when=when, questions=9, held_out=3, gain=(0.1, 0.05, 0.2))


def test_nothing_is_learned_at_first():
    assert learned.state(ID) == State(embedder=ID) and learned.attention(ID) is None
    assert not learned.forget(ID)
    with pytest.raises(UsageError, match="nothing to go back to"):
        learned.rollback(ID)


def test_back_and_forth_and_gone():
    first, second = weights("2026-01-01"), weights("2026-02-02")
    learned.install(ID, first)
    learned.install(ID, second)
    assert learned.state(ID) == State(embedder=ID, current=second, previous=first)
    assert learned.rollback(ID).current == first
    assert learned.rollback(ID).current == second
    found = learned.attention(ID)
    assert found is not None and found[1] == second
    assert learned.state("another").current is None
    assert learned.forget(ID) and learned.state(ID).current is None


def test_the_file_is_for_its_owner_alone_and_each_embedder_has_one(home):
    learned.install(ID, weights())
    learned.install("an/embedder@2", weights())
    files = sorted(home.glob("attention/*.json"))
    assert len(files) == 2 and learned.file_of(ID) in files
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    learned.install("../" * 40 + "é" * 300, weights())
    assert len(sorted(home.glob("attention/*.json"))) == 3 and len(sorted(home.rglob("*.json"))) == 3


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"embedder": "other"}', b'{"embedder": "an/embedder@1", "current": 3}', b"\xff\xfe"],
)
def test_a_damaged_file_is_named_and_can_be_replaced(content):
    learned.install(ID, weights())
    learned.file_of(ID).write_bytes(content)
    with pytest.raises(UsageError, match=r"table\d+\.json .*memory learn --forget") as error:
        learned.attention(ID)
    assert "\n" not in str(error.value)
    assert learned.install(ID, weights()).current == weights()
    learned.file_of(ID).write_bytes(content)
    assert learned.forget(ID) and learned.attention(ID) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [(SHIPPED.read_bytes()[:-1], "learn --forget"), (to_bytes(initial(5, 4, 1, 11, 0), 99), "feature table 99")],
)
def test_weights_that_cannot_rank_are_refused(data, said):
    learned.install(ID, weights(data=data))
    with pytest.raises(UsageError, match=said):
        learned.attention(ID)


def test_a_pipe_is_not_waited_for():
    learned.install(ID, weights())
    learned.file_of(ID).unlink()
    os.mkfifo(learned.file_of(ID))
    with pytest.raises(UsageError, match="cannot be read"):
        learned.state(ID)
    assert learned.forget(ID)
