"""A budget is kept wherever the time goes: in the queue, loading, in the prompt, in the answer, in a hung worker."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pump_notes import Opens, runtimes
from scripted_model import model

from sanderling.device.rivals import Rivals
from sanderling.device.speed_log import AnswerCost
from sanderling.errors import Cancelled
from sanderling.request.admission import AtOnce
from sanderling.request.handle import Handle
from sanderling.telemetry.store import TelemetryStore

QUESTION = "Who repairs the feed pump?"
QUOTE = "The feed pump is repaired by Ada Lind."
LATE_MS = 150.0
"""Largest overrun, or 10 % of the budget if that is more. On a device that is shared the test itself waits too."""
SHARED_MS = 450.0


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


def loads_in(folder: Path, name: str, load_ms: float) -> None:
    """Let the scripted model ``name`` take ``load_ms`` to load."""
    script = folder / f"{name}.json"
    script.write_text(json.dumps({**json.loads(script.read_text()), "load_ms": load_ms}))


def asked(runtime, budget_ms: float, **options):
    """Ask within a budget; return the answer and the milliseconds it took."""
    began = time.monotonic()
    answer = runtime.ask(QUESTION, budget_ms=budget_ms, **options)
    return answer, 1e3 * (time.monotonic() - began)


def assert_kept(took_ms: float, budget_ms: float) -> None:
    assert took_ms <= budget_ms + max(LATE_MS, 0.1 * budget_ms) + SHARED_MS


@pytest.mark.parametrize(
    ("rule", "begins"),
    [
        ({"say": "Ada Lind " * 40, "token_ms": 20.0}, True),  # in the answer
        ({"say": "Ada", "read_ms": 30_000.0}, False),  # in the prompt
        ({"say": "Ada", "read_ms": 30_000.0, "batch_ms": 30_000.0}, False),  # in one batch of it
        ({"say": "Ada Lind", "then": "hang", "token_ms": 1.0}, True),  # the worker never ends
    ],
)
def test_a_generation_is_cut_with_what_there_is(rule, begins, tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, {"when": "menu", "say": "x"}, **rule))
    runtime.ask("What is on the menu?")  # loads
    pieces: list[str] = []
    answer, took_ms = asked(runtime, 600.0, stream=pieces.append)
    assert_kept(took_ms, 600.0)
    assert answer.finish_reason == "budget"
    assert begins == (answer.text != QUOTE)  # the sentence shown at once, where no model has begun
    assert answer.text
    assert "".join(pieces).strip() == answer.text
    assert [source.title for source in answer.sources][:1] == ["Pump"]
    assert any("600 ms" in warning and "--budget-ms" in warning for warning in answer.warnings)
    with TelemetryStore() as store:
        assert store.tail(1)[0].request_id == answer.request_id


def test_the_next_question_is_answered_after_a_batch_that_nobody_waited_for(tmp_path: Path, open_runtime) -> None:
    slow = {"when": QUESTION, "say": "Ada", "read_ms": 1500.0, "batch_ms": 1500.0}
    runtime = open_runtime(model(tmp_path, "small", 1, slow, say="lentil soup"))
    runtime.ask("What is on the menu?")
    answer, took_ms = asked(runtime, 300.0)
    assert answer.finish_reason == "budget"
    assert_kept(took_ms, 300.0)
    # In the same thread, which must wait for the rest of the batch like any other.
    later = runtime.ask("Which soup is served?")
    assert (later.text, later.finish_reason) == ("lentil soup", "stop")


def test_a_load_that_cannot_end_in_time_is_left_to_later_questions(tmp_path: Path, open_runtime) -> None:
    small = model(tmp_path, "small", 1, say="Ada Lind")
    loads_in(tmp_path, "small", 2500.0)
    runtime = open_runtime(small)
    answer, took_ms = asked(runtime, 400.0)
    assert_kept(took_ms, 400.0)
    # The sentence shown at once is the answer.
    assert (answer.finish_reason, answer.text, answer.route.model_id) == ("budget", QUOTE, "")
    assert answer.quote is not None
    assert answer.sources[0].title == "Pump"
    assert "small" in answer.route.reason
    with TelemetryStore() as store:
        assert store.tail(1)[0].error == "OutOfTime"
    assert runtime.ask(QUESTION).text == "Ada Lind"
    assert runtime._pool.loads["small"] == 1  # the first question's load went on


def test_a_load_known_to_take_longer_is_not_begun_before_the_answer(tmp_path: Path, open_runtime, monkeypatch) -> None:
    # A load learned on a busy device is expected to be shorter on an idle one; this one is not.
    monkeypatch.setattr(Rivals, "now", lambda self: 0.0)
    small = model(tmp_path, "small", 1, say="Ada Lind", read_ms=20.0)
    loads_in(tmp_path, "small", 2500.0)
    with_all_the_time = open_runtime(small)
    with_all_the_time.ask(QUESTION)
    with_all_the_time._inventory.experience.close()
    later = open_runtime(small)
    answer, took_ms = asked(later, 2000.0, model="small")
    assert (answer.finish_reason, answer.text) == ("budget", QUOTE)
    assert took_ms < 1500.0  # it did not wait for a load that it knew would be late


def test_a_sentence_answers_where_every_model_is_known_to_be_late(tmp_path: Path, open_runtime, monkeypatch) -> None:
    # A load learned on a busy device is expected to be shorter on an idle one; this one is not.
    monkeypatch.setattr(Rivals, "now", lambda self: 0.0)
    small = model(tmp_path, "small", 1, say="Ada Lind", read_ms=20.0)
    loads_in(tmp_path, "small", 2500.0)
    with_all_the_time = open_runtime(small)
    with_all_the_time.ask(QUESTION)
    with_all_the_time._inventory.experience.close()
    later = open_runtime(small)
    answer, took_ms = asked(later, 2000.0)
    assert (answer.finish_reason, answer.text, answer.route.model_id) == ("stop", QUOTE, "")
    assert answer.route.plan == "quote"
    assert "no model is quick enough" in answer.route.reason
    assert took_ms < 1500.0
    assert not later.loaded


def test_a_wait_for_the_model_and_for_the_queue_counts(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, {"when": "menu", "say": "x" * 400, "token_ms": 20.0}, say="Ada"))
    runtime.ask(QUESTION)
    handle = Handle()
    other = threading.Thread(target=lambda: runtime.ask("What is on the menu?", handle=handle))
    other.start()
    while not runtime.generating:
        time.sleep(0.01)
    answer, took_ms = asked(runtime, 500.0)
    assert_kept(took_ms, 500.0)
    assert (answer.finish_reason, answer.text) == ("budget", QUOTE)
    handle.cancel()
    other.join()

    class Full(AtOnce):
        @contextmanager
        def place(self, handle, route):
            left = threading.Event()
            with handle.ends_by(left.set):
                assert left.wait(30.0)
            raise handle.refusal()
            yield

    runtime.admit_by(Full())
    answer, took_ms = asked(runtime, 500.0)
    assert_kept(took_ms, 500.0)
    assert answer.finish_reason == "budget"


def test_who_cancels_before_the_time_is_over_is_told_so(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, {"when": "menu", "say": "x"}, say="Ada " * 99, token_ms=20.0))
    runtime.ask("What is on the menu?")
    handle = Handle()
    answer = runtime.ask(QUESTION, budget_ms=20_000.0, handle=handle, stream=lambda piece: handle.cancel())
    assert answer.finish_reason == "cancelled"
    early = Handle()
    early.cancel()
    with pytest.raises(Cancelled, match="before a model began"):
        runtime.ask(QUESTION, budget_ms=20_000.0, handle=early)


def test_a_conversation_goes_on_after_an_answer_without_a_model(tmp_path: Path, open_runtime) -> None:
    small = model(tmp_path, "small", 1, say="Ada Lind")
    loads_in(tmp_path, "small", 1500.0)
    conversation = open_runtime(small).conversation()
    late = conversation.ask(QUESTION, budget_ms=300.0)
    assert (late.text, late.finish_reason) == (QUOTE, "budget")
    answer = conversation.ask("And where does she come from?")
    assert answer.text == "Ada Lind"
    assert [turn.finish_reason for turn in conversation.turns] == ["budget", "stop"]


def test_enough_time_changes_nothing(tmp_path: Path, open_runtime) -> None:
    answer, _ = asked(open_runtime(model(tmp_path, "small", 1, say="Ada Lind")), 60_000.0)
    assert (answer.text, answer.finish_reason, answer.warnings) == ("Ada Lind", "stop", ())


def test_a_prompt_known_to_take_longer_is_not_packed(tmp_path: Path, open_runtime, monkeypatch) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="Ada Lind", read_ms=10.0))
    runtime.ask(QUESTION)
    monkeypatch.setattr(Rivals, "now", lambda self: 0.0)
    subject = runtime._inventory._subject("small", "scripted")
    for _ in range(20):
        runtime._inventory.experience._speeds.add(subject, AnswerCost(at_s=0.0, rivals=0.0, rest_ms=5000.0))
    answer, took_ms = asked(runtime, 3000.0, model="small")
    assert (answer.finish_reason, answer.text) == ("budget", QUOTE)
    assert took_ms < 2500.0  # no prompt was packed
    assert asked(runtime, 3000.0)[0].route.model_id == ""  # nor is a model chosen
    monkeypatch.setattr(Rivals, "now", lambda self: None)  # a system that does not say what runs
    assert asked(runtime, 3000.0)[0].text == "Ada Lind"
