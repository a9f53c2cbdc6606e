"""The queue: its order, its bounds, what it says of the wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from hand_set_clock import HandSetClock

from sanderling.errors import Cancelled
from sanderling.records import Route
from sanderling.request.handle import Handle
from sanderling.server.admission import AdmissionQueue
from sanderling.server.refusal import QueueFull, QueueTimeout


def route(model: str = "a", predicted_ms: float = 100.0) -> Route:
    return Route(
        model_id=model,
        context_bin="tiny",
        context_tokens=96,
        temperature=0.0,
        top_p=1.0,
        escalate=0.0,
        router="rule",
        reason="",
        predicted_ms=predicted_ms,
    )


class Line:
    """Questions that wait in threads of their own, served one by one as the test says."""

    def __init__(self, queue: AdmissionQueue) -> None:
        self.queue, self.served = queue, []
        self.failed: dict[str, BaseException] = {}
        self.handles: dict[str, Handle] = {}
        self._go = {}
        self._threads: list[threading.Thread] = []

    def come(
        self, name: str, client: str = "", priority: str = "interactive", model: str = "a", ms: float = 100
    ) -> None:
        handle = self.handles[name] = Handle()
        self.queue.enter(handle, client or name, priority)
        self._go[name] = threading.Event()
        before = self.lined_up()

        def work() -> None:
            try:
                with self.queue.place(handle, route(model, ms)):
                    self.served.append(name)
                    self._go[name].wait(30)
            except BaseException as error:
                self.failed[name] = error
            finally:
                self.queue.leave(handle)

        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()
        until(lambda: self.lined_up() > before or name in self.served or name in self.failed)

    def lined_up(self) -> int:
        return sum(map(len, self.queue._waiting.values()))

    def finish(self, name: str) -> None:
        before = len(self.served)
        waiting = self.lined_up()
        self._go[name].set()
        until(lambda: len(self.served) > before or not waiting)

    def finish_all(self) -> list[str]:
        for at in range(len(self._threads)):
            until(lambda at=at: len(self.served) > at or len(self.served) + len(self.failed) == len(self._threads))
            if at < len(self.served):
                self._go[self.served[at]].set()
        for thread in self._threads:
            thread.join(10)
        return self.served


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:
        time.sleep(0.001)
    assert true()


def line(resident: tuple[str, ...] = ("a",), clock: Callable[[], float] = time.monotonic, **bounds: float) -> Line:
    return Line(AdmissionQueue(lambda: resident, **{"max_queue": 300, "max_wait_s": 60.0, **bounds}, clock=clock))


def test_one_is_served_at_a_time_and_who_comes_first_is_served_first() -> None:
    queue = line()
    for name in ("1", "2", "3"):
        queue.come(name)
    assert queue.served == ["1"]
    assert queue.queue.waiting == 2
    assert queue.finish_all() == ["1", "2", "3"]
    assert queue.queue.waiting == 0


def test_a_client_that_asks_much_waits_for_himself() -> None:
    queue = line()
    for name in ("m1", "m2", "m3", "m4"):
        queue.come(name, client="much")
    queue.come("once", client="once")
    queue.come("twice1", client="twice")
    queue.come("twice2", client="twice")
    assert queue.finish_all() == ["m1", "m2", "once", "twice1", "m3", "twice2", "m4"]


def test_batch_work_waits_for_all_interactive_questions() -> None:
    queue = line()
    queue.come("now")
    queue.come("batch1", priority="batch")
    queue.come("batch2", priority="batch")
    queue.come("later")
    queue.finish("now")
    queue.come("last")
    assert queue.finish_all() == ["now", "later", "last", "batch1", "batch2"]


def test_a_loaded_model_overtakes_two_at_most_and_none_is_overtaken_more_often() -> None:
    queue = line(resident=("warm",))
    queue.come("first", model="warm")
    for at in range(3):
        queue.come(f"cold{at}", model="cold")
    for at in range(4):
        queue.come(f"warm{at}", model="warm")
    # The fourth in line may overtake nobody; the others are out of reach until cold ones were served.
    assert queue.finish_all()[:3] == ["first", "cold0", "warm0"]
    assert sorted(queue.served) == sorted(["first", *(f"cold{i}" for i in range(3)), *(f"warm{i}" for i in range(4))])
    for at in range(3):
        before = queue.served[: queue.served.index(f"cold{at}")]
        assert sum(name.startswith("warm") for name in before) <= 2 * (at + 1)


def test_a_full_queue_refuses_and_says_when_to_come_back() -> None:
    clock = HandSetClock(0.0)
    queue = line(clock=clock, max_queue=2)
    queue.come("1", ms=4000)
    queue.come("2", ms=6000)
    queue.come("3", ms=5000)
    with pytest.raises(QueueFull, match="2 questions wait already: ask again in about 15 s") as full:
        queue.come("4")
    assert full.value.retry_after_s == pytest.approx(15)
    clock.now = 1.0
    queue.finish("1")
    queue.come("5")
    queue.finish_all()


def test_the_wait_is_what_is_ahead_corrected_by_how_predictions_were_off() -> None:
    clock = HandSetClock(0.0)
    queue = line(clock=clock)
    asks = Handle()
    queue.queue.enter(asks, "asks", "interactive")
    assert queue.queue.wait_ms(asks) == 0
    queue.queue.leave(asks)
    queue.come("1", ms=1000)
    queue.come("2", ms=3000, client="x")
    queue.come("3", ms=3000, client="x")
    queue.queue.enter(asks, "asks", "interactive")
    # Of client x only the next is ahead of a client that has not asked yet.
    assert queue.queue.wait_ms(asks) == pytest.approx(4000)
    clock.now = 0.4
    assert queue.queue.wait_ms(asks) == pytest.approx(3600)
    clock.now = 2.0  # twice as long as predicted
    queue.finish("1")
    assert queue.queue.wait_ms(asks) == pytest.approx(3000 * 1.2 + 3000 * 1.2)
    queue.finish_all()


def test_a_question_that_waits_too_long_is_told_so_and_leaves_no_place_behind() -> None:
    queue = line(max_wait_s=0.2)
    queue.come("1")
    queue.come("2")
    until(lambda: "2" in queue.failed)
    assert isinstance(queue.failed["2"], QueueTimeout)
    queue.come("3")
    queue.finish("1")
    assert queue.finish_all() == ["1", "3"]


def test_a_cancelled_question_leaves_the_queue_and_touches_no_other() -> None:
    queue = line()
    for name in ("1", "2", "3"):
        queue.come(name)
    queue.handles["2"].cancel()
    until(lambda: "2" in queue.failed)
    assert isinstance(queue.failed["2"], Cancelled)
    assert queue.finish_all() == ["1", "3"]


def test_a_question_of_the_program_itself_waits_like_others() -> None:
    queue = line()
    with queue.queue.place(Handle(), route()):
        queue.come("client")
        assert queue.served == []
    assert queue.finish_all() == ["client"]
    assert queue.queue.waiting == 0


def test_two_hundred_clients_are_all_served_within_two_rounds() -> None:
    """A round serves each of 200 clients once; each asks twice."""
    queue = line(max_queue=400)
    queue.come("first", client="0")
    for ask in range(2):
        for at in range(200):
            queue.come(f"{at}/{ask}", client=str(at))
    served = queue.finish_all()
    assert len(served) == 401
    for at in range(200):
        assert served.index(f"{at}/0") <= 200
        assert served.index(f"{at}/1") <= 401
