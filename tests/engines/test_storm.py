"""Many threads at the models: each gets its own answer or a clear refusal, whatever befalls a worker."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest
from storm import storm

from sanderling.config import Config
from sanderling.engines import Worker, generate_all, model_pool
from sanderling.engines.model_pool import ModelPool
from sanderling.engines.protocol import GenerateRequest, LoadSpec, ModelInfo
from sanderling.engines.scripted import Rule, Script
from sanderling.errors import Busy, Cancelled, EngineError, SanderlingError, UsageError, WorkerDied
from sanderling.records import Generation, Sampling, Token
from sanderling.request.handle import Handle

LARGE = 1 << 40
# The long answer takes some tenths of a second, the others a fraction of a millisecond; each ends in whose it is.
RULES = (
    Rule(when="long", say="word " * 4000, quote=r"\d+-\d+"),
    Rule(when="raise", say="a", then="raise"),
    Rule(quote=r"\d+-\d+"),
)

Build = Callable[[str], LoadSpec]


@pytest.fixture
def spec(tmp_path: Path) -> Build:
    path = tmp_path / "script.json"
    path.write_bytes(msgspec.json.encode(Script(rules=RULES)))
    return lambda name: LoadSpec(model_id=name, path=str(path), n_ctx=1_000_000, n_threads=1, n_threads_prefill=1)


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch, spec: Build) -> Iterator[Callable[..., ModelPool]]:
    """Models on a device that holds two at once. Whatever a test did to them, they answer afterwards."""
    monkeypatch.setattr(model_pool, "available_ram_bytes", lambda: 8 * LARGE)
    opened: list[ModelPool] = []

    def build(**limits: float) -> ModelPool:
        held = ModelPool("scripted", Config(resident_bytes=2 * LARGE, state_bytes=0, **limits))
        opened.append(held)
        return held

    yield build
    for held in opened:
        for name in held.model_ids:
            with held.turn(name):
                ask(held, spec(name), "0-0 raise", failing=True)
                assert ask(held, spec(name), "0-1").text == "0-1"
                pipe = held.worker(spec(name), LARGE)[0]._process.stdout
                poller = select.poll()
                poller.register(pipe, select.POLLIN)
                assert not poller.poll(50), "frames that nobody asked for are left in the pipe"
        held.close()


def ask(
    held: ModelPool,
    spec: LoadSpec,
    question: str,
    handle: Handle | None = None,
    listen: Callable[[Token], None] | None = None,
    failing: bool = False,
) -> Generation | None:
    with held.turn(spec.model_id, handle):
        worker, _ = held.worker(spec, LARGE, handle)
        ids = tuple(worker.tokenize(question))
        request = GenerateRequest(prompt_ids=ids, max_tokens=100_000, sampling=Sampling(temperature=0.0))
        if failing:
            with pytest.raises(EngineError, match="the script says so"):
                generate_all(worker, request)
            return None
        return generate_all(worker, request, listen, handle)


def queued(held: ModelPool, model_id: str, count: int) -> None:
    """Wait until so many threads wait for a model."""
    while len(held._workers[model_id].turns._waiting) < count:
        time.sleep(0.002)


class Asking(threading.Thread):
    """One question in a thread of its own: its generation, or what was raised."""

    def __init__(self, *arguments, **more) -> None:
        super().__init__(daemon=True)
        self.handle, self.outcome = Handle(), None
        self._work = lambda: ask(*arguments, handle=self.handle, **more)
        self.start()

    def run(self) -> None:
        try:
            self.outcome = self._work()
        except SanderlingError as error:
            self.outcome = error

    def end(self):
        self.join()
        return self.outcome


@pytest.mark.timeout(900)
def test_64_threads_with_500_questions_each_get_their_own_answers(hold, spec: Build) -> None:
    held, small = hold(queue_timeout_s=600), spec("small")

    def work(thread: int) -> None:
        for number in range(500):
            question = f"{thread}-{number}"
            assert ask(held, small, question).text == question

    storm(64, work)


def test_one_that_waits_too_long_is_refused_in_words(hold, spec: Build) -> None:
    held = hold(queue_timeout_s=0.05)
    with held.turn("small"):
        refused = [Asking(held, spec("small"), "1-1") for _ in range(8)]
        outcomes = [each.end() for each in refused]
    assert {type(each) for each in outcomes} == {Busy}
    assert "small is busy with other questions" in str(outcomes[0])
    assert "queue_timeout_s in config.toml" in str(outcomes[0])
    assert ask(held, spec("small"), "1-2").text == "1-2"


def test_first_come_first_served(hold, spec: Build) -> None:
    held, order = hold(), []
    with held.turn("small"):
        asked = []
        for number in range(12):
            asked.append(Asking(held, spec("small"), f"0-{number}", listen=lambda _, n=number: order.append(n)))
            queued(held, "small", number + 1)
    assert [each.end().text for each in asked] == [f"0-{number}" for number in range(12)]
    assert list(dict.fromkeys(order)) == list(range(12))


def test_cancelling_one_ends_no_other_whether_it_waits_or_is_answered(hold, spec: Build) -> None:
    held, began = hold(), threading.Event()
    ask(held, spec("small"), "0-0")
    with held.turn("small"):
        speaking = Asking(held, spec("small"), "long 1-0", listen=lambda _: began.set())
        queued(held, "small", 1)
        waiting = [Asking(held, spec("small"), f"1-{number}") for number in range(1, 9)]
        queued(held, "small", 9)
        waiting[3].handle.cancel()
        assert isinstance(waiting[3].end(), Cancelled)
    assert began.wait(60)
    speaking.handle.cancel()
    assert speaking.end().finish_reason == "cancelled"
    for at, each in enumerate(waiting):
        if at != 3:
            assert (each.end().text, each.end().finish_reason) == (f"1-{at + 1}", "stop")


def test_cancels_at_any_moment_end_no_other(hold, spec: Build) -> None:
    """Half of all questions are cancelled, at moments that differ: while they wait or while they are answered."""
    held, small, ended = hold(), spec("small"), []

    def work(thread: int) -> None:
        for number in range(40):
            handle, question = Handle(), f"{thread}-{number}"
            if thread % 2 == 0:
                said = ask(held, small, question, handle)
                assert (said.text, said.finish_reason) == (question, "stop")
                continue
            ender = threading.Timer((thread * 40 + number) % 7 / 300, handle.cancel)
            ender.start()
            try:
                ended.append(ask(held, small, f"long {question}", handle).finish_reason)
            except Cancelled:
                ended.append("before")
            ender.join()

    storm(8, work)
    assert len(ended) == 160
    assert set(ended) <= {"cancelled", "before"}


def test_a_killed_worker_costs_the_question_it_was_at(hold, spec: Build) -> None:
    held, small, lost = hold(), spec("small"), []

    def kill(_: Token) -> None:
        if (pid := held._workers["small"].pid) is not None:
            os.kill(pid, signal.SIGKILL)

    def work(thread: int) -> None:
        for number in range(30):
            question = f"{thread}-{number}"
            fatal = (thread, number % 10) == (3, 5)
            try:
                said = ask(held, small, f"long {question}" if fatal else question, listen=kill if fatal else None)
                assert said.text == question
            except WorkerDied as error:
                lost.append((question, "SIGKILL" in str(error)))

    storm(16, work)
    assert lost == [("3-5", True), ("3-15", True), ("3-25", True)]


def test_a_stopped_worker_costs_the_question_it_was_at(hold, spec: Build) -> None:
    held, lost = hold(stall_timeout_s=2.0), []
    pid = held.worker(spec("small"), LARGE)[0].pid

    def work(thread: int) -> None:
        for number in range(20):
            question = f"long {thread}-{number}" if (thread, number) == (2, 3) else f"{thread}-{number}"
            stopping = (lambda _: os.kill(pid, signal.SIGSTOP)) if question.startswith("long") else None
            try:
                assert ask(held, spec("small"), question, listen=stopping).text == question
            except WorkerDied as error:
                lost.append((question, str(error)))

    storm(8, work)
    ((question, why),) = lost
    assert question == "long 2-3"
    assert "silent for 2 s" in why


def test_a_stopped_worker_does_not_hold_a_prompt_that_no_pipe_can_take(hold, spec: Build) -> None:
    held = hold(stall_timeout_s=0.5)
    worker, _ = held.worker(spec("small"), LARGE)
    os.kill(worker.pid, signal.SIGSTOP)
    while psutil.Process(worker.pid).status() != psutil.STATUS_STOPPED:
        time.sleep(0.002)  # the thread that reads goes on until the one that computes was told
    request = GenerateRequest(prompt_ids=(65,) * 500_000, max_tokens=1, sampling=Sampling())
    with held.turn("small"), pytest.raises(WorkerDied, match=r"took nothing for 0\.5 s"):
        generate_all(worker, request)


def test_a_listener_that_raises_ends_its_own_answer(hold, spec: Build) -> None:
    held = hold()

    def refuse(_: Token) -> None:
        raise ZeroDivisionError

    def work(thread: int) -> None:
        for number in range(15):
            question = f"{thread}-{number}"
            if (thread + number) % 3:
                assert ask(held, spec("small"), question).text == question
            else:
                with pytest.raises(ZeroDivisionError):
                    ask(held, spec("small"), f"long {question}", listen=refuse)

    storm(8, work)


def test_a_listener_that_asks_the_same_model_is_refused_and_not_left_waiting(hold, spec: Build) -> None:
    held = hold()
    with pytest.raises(EngineError, match="small is still generating"):
        ask(held, spec("small"), "long 1-1", listen=lambda _: ask(held, spec("small"), "1-2"))


def test_a_listener_that_asks_another_model_does_not_lose_its_own(hold, spec: Build) -> None:
    held, said = hold(queue_timeout_s=0.2), []
    held._config = Config(resident_bytes=LARGE, queue_timeout_s=0.2)

    def listen(_: Token) -> None:
        if not said:
            with pytest.raises(Busy, match="no room for big until small"):
                ask(held, spec("big"), "1-2")
            said.append(True)

    assert ask(held, spec("small"), "1-1", listen=listen).text == "1-1"


def test_a_stream_that_another_thread_closes_gives_the_turn_back(hold, spec: Build) -> None:
    held = hold()
    worker, _ = held.worker(spec("small"), LARGE)
    ids = tuple(worker.tokenize("long 1-1"))
    stream = worker.generate(GenerateRequest(prompt_ids=ids, max_tokens=100_000, sampling=Sampling()))
    next(stream)
    closer = threading.Thread(target=stream.close)
    closer.start()
    closer.join()
    assert Asking(held, spec("small"), "1-2").end().text == "1-2"


def test_threads_that_want_the_same_model_load_it_once(hold, spec: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    held, loads, load = hold(), [], Worker.load

    def noted(worker: Worker, wanted: LoadSpec, handle: Handle | None = None) -> ModelInfo:
        loads.append(wanted.model_id)
        return load(worker, wanted, handle)

    monkeypatch.setattr(Worker, "load", noted)

    def work(thread: int) -> None:
        assert ask(held, spec("ab"[thread % 2]), f"1-{thread}").text == f"1-{thread}"

    storm(16, work)
    assert sorted(loads) == ["a", "b"]


def test_models_that_take_the_room_of_one_another_end_no_answer(hold, spec: Build) -> None:
    held, most = hold(), []

    def work(thread: int) -> None:
        for number in range(4):
            name, question = "abc"[(thread + number) % 3], f"{thread}-{number}"
            assert ask(held, spec(name), question, listen=lambda _: most.append(len(held.model_ids))).text == question

    storm(9, work)
    assert max(most) == 2


def test_room_is_made_by_one_that_nobody_uses_or_else_waited_for(hold, spec: Build) -> None:
    held = hold(queue_timeout_s=0.2)
    pids = {name: held.worker(spec(name), LARGE)[0].pid for name in ("a", "b")}
    held.load_ms.update(a=1.0, b=1000.0)
    with held.turn("a"):
        # It is worth least and would go first, were it not in use.
        assert Asking(held, spec("c"), "1-1").end().text == "1-1"
        assert held.model_ids == ("a", "c")
        with held.turn("c"):
            refused = Asking(held, spec("b"), "1-2").end()
            assert isinstance(refused, Busy)
        assert held._workers["a"].pid == pids["a"]
    assert Asking(held, spec("b"), "1-3").end().text == "1-3"


def test_closing_ends_every_process_beside_a_listener_that_does_not_return(hold, spec: Build) -> None:
    held, began, end = hold(), threading.Event(), threading.Event()
    pids = [held.worker(spec(name), LARGE)[0].pid for name in ("small", "big")]

    def listen(_: Token) -> None:
        began.set()
        end.wait(60)

    listening = Asking(held, spec("small"), "long 1-0", listen=listen)
    assert began.wait(60)
    held.close()
    assert not any(map(psutil.pid_exists, pids))
    end.set()
    assert isinstance(listening.end(), Generation | EngineError)  # what it was told of before may be a whole answer


def test_closing_refuses_those_that_wait_and_leaves_no_process(hold, spec: Build) -> None:
    held, began = hold(), threading.Event()
    speaking = Asking(held, spec("small"), "long 1-0", listen=lambda _: began.set())
    assert began.wait(60)
    pid = held._workers["small"].pid
    waiting = [Asking(held, spec("small"), f"1-{number}") for number in range(1, 6)]
    queued(held, "small", 5)
    held.close()
    assert isinstance(speaking.end(), Generation | EngineError)
    assert {type(each.end()) for each in waiting} == {UsageError}
    assert not psutil.pid_exists(pid)
    with pytest.raises(UsageError, match="open the runtime again"):
        held.worker(spec("small"), LARGE)
