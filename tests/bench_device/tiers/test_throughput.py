from __future__ import annotations

import threading
import time

import pytest
from scripted_server import answer, scripted_server
from tiered import edge, tiered

from sanderling.bench_device.tiers import throughput
from sanderling.errors import EngineError, UsageError


def test_questions_are_asked_at_once_and_all_are_counted() -> None:
    together, most, guard = [0], [0], threading.Lock()

    def ask(question: str) -> int:
        with guard:
            together[0] += 1
            most[0] = max(most[0], together[0])
        time.sleep(0.02)
        with guard:
            together[0] -= 1
        if question == "bad":
            raise EngineError("no")
        return 3

    found = throughput._at_once("m", ask, ["a", "b", "c", "bad", "d"], 4)
    assert most[0] == 4
    assert (found.answers, found.tokens, found.failed) == (4, 12, 1)


def test_a_tier_and_the_smallest_model_here_are_asked(tmp_path, monkeypatch) -> None:
    with scripted_server() as server:
        server.scripts = [answer("Ada Lind")]
        with tiered(tmp_path, monkeypatch, edge(server.url)) as runtime:
            found = throughput.throughput(runtime, ["Who?", "When?"], at_once=(1, 2))
    assert [(each.where, each.at_once, each.failed) for each in found] == [
        ("edge/m", 1, 0), ("edge/m", 2, 0), ("small", 1, 0), ("small", 2, 0),
    ]  # fmt: skip
    assert [each.tokens for each in found] == [4, 4, 8, 8]
    assert all(b"pump" not in body for _, _, body in server.seen), "no notes are sent"


def test_without_a_tier_nothing_is_measured(tmp_path, monkeypatch) -> None:
    with tiered(tmp_path, monkeypatch) as runtime, pytest.raises(UsageError):
        throughput.throughput(runtime, ["Who?"])
