from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from sanderling.engines import late
from sanderling.engines.late import GRACE_S, drain_later, in_time, silent, unheard
from sanderling.engines.protocol import Finish, GenerateRequest
from sanderling.errors import Busy, Cancelled
from sanderling.records import Sampling
from sanderling.request.handle import Handle, OutOfTime
from sanderling.request.turns import Turns

DONE = Finish(
    reason="cancelled", prompt_tokens=1, cached_tokens=0, prefill_ms=1.0, decode_ms=1.0, ttft_ms=1.0, rss_bytes=1
)


def ended(left_ms: float) -> Handle:
    """A handle whose time is over."""
    handle = Handle()
    with handle.within(left_ms):
        time.sleep(left_ms / 1e3 + 0.05)
        until = time.monotonic() + 10
        while not handle.cancelled and time.monotonic() < until:
            time.sleep(0.01)
    return handle


def test_a_question_that_time_has_ended_says_so() -> None:
    handle = ended(1.0)
    assert (handle.cancelled, handle.out_of_time) == (True, True)
    assert isinstance(handle.refusal(), OutOfTime)
    assert in_time(DONE, handle).reason == "budget"
    by_hand = Handle()
    by_hand.cancel()
    assert not isinstance(by_hand.refusal(), OutOfTime)
    assert isinstance(by_hand.refusal(), Cancelled)
    assert in_time(DONE, by_hand).reason == "cancelled"


def test_a_block_that_ends_in_time_ends_nothing() -> None:
    handle = Handle()
    with handle.within(50.0):
        pass
    with Handle().within(None):
        pass
    time.sleep(0.15)
    assert not handle.cancelled


def test_a_worker_is_waited_for_until_its_time_is_over(monkeypatch) -> None:
    waited: list[float] = []
    process = SimpleNamespace(stdout=SimpleNamespace(fileno=lambda: 0))
    monkeypatch.setattr(late.frames, "speaks", lambda descriptor, left_s: waited.append(left_s) or False)
    assert not silent(process, Handle(), 120.0)  # no budget: as long as ever
    assert waited == []
    handle = Handle()
    with handle.within(200_000.0):
        assert not silent(process, handle, 120.0)  # a worker that is hung is noticed before
        assert waited == []
    with (handle := Handle()).within(5_000.0):
        assert silent(process, handle, 120.0)
    assert waited[0] == pytest.approx(5.0 + GRACE_S, abs=1.0)


def test_the_rest_is_read_while_nobody_else_has_the_turn() -> None:
    turns, go, drained = Turns("it"), threading.Event(), threading.Event()

    def drain() -> None:
        assert go.wait(30)
        drained.set()

    with turns.turn(1.0), turns.turn(1.0):
        drain_later(turns, drain)
        assert not turns.mine
    with pytest.raises(Busy), turns.turn(0.05):  # also for the thread that had it
        pass
    go.set()
    with turns.turn(30.0):
        assert drained.is_set() and turns.mine


def test_a_drain_that_fails_gives_the_turn_back(monkeypatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    turns = Turns("it")
    with turns.turn(1.0):
        drain_later(turns, lambda: 1 // 0)
    with turns.turn(30.0):
        assert turns.mine


def test_an_end_that_nobody_reported() -> None:
    request = GenerateRequest(prompt_ids=(1, 2, 3), max_tokens=4, sampling=Sampling())
    now = time.monotonic()
    without = unheard(request, now - 2.0, None)
    assert (without.reason, without.prompt_tokens) == ("budget", 3)
    assert without.prefill_ms == pytest.approx(2000, abs=500)
    within = unheard(request, now - 2.0, now - 0.5)
    assert within.prefill_ms == pytest.approx(1500, abs=500)
    assert within.decode_ms == pytest.approx(500, abs=300)
