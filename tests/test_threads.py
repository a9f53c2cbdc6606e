"""One runtime and many threads: whatever each of them calls, it gets what is its own.

The 64 threads with 500 questions each are in ``engines/test_storm.py``, at the models, where threads could meet. A
whole ``ask`` costs ten times as much, so here they have 20 each; SANDERLING_STORM_QUESTIONS sets another number.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from pump_notes import NOTES, runtimes
from scripted_model import model
from storm import storm

import sanderling
from sanderling.config import Config
from sanderling.errors import Busy, Cancelled, UsageError
from sanderling.filter import Filter
from sanderling.runtime import Runtime
from sanderling.telemetry.store import TelemetryStore

QUESTIONS = int(os.environ.get("SANDERLING_STORM_QUESTIONS", "20"))
TICKET = r"ticket \d+-\d+"


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Runtime]]:
    """Opens runtimes that say which ticket they were asked for, and at the end do so still."""
    with runtimes(tmp_path, monkeypatch) as opens:
        opened: list[Runtime] = []

        def build(**changed) -> Runtime:
            small = model(tmp_path, "small", 1, {"when": "story", "say": "word " * 4000}, quote=TICKET)
            opened.append(opens(small, config=Config(**{"queue_timeout_s": 600.0, **changed})))
            return opened[-1]

        yield build
        for runtime in opened:
            assert runtime.ask("ticket 0-0?").text == "ticket 0-0"


@pytest.mark.timeout(900)
def test_64_threads_get_their_own_answers_and_rows(open_runtime) -> None:
    runtime = open_runtime()
    ids: list[str] = []

    def work(thread: int) -> None:
        for number in range(QUESTIONS):
            heard: list[str] = []
            answer = runtime.ask(f"Who holds ticket {thread}-{number}?", stream=heard.append)
            assert answer.text == "".join(heard) == f"ticket {thread}-{number}"
            ids.append(answer.request_id)

    storm(64, work)
    with TelemetryStore() as store:
        rows = {row.request_id: row for row in store.rows()}
    assert rows.keys() == set(ids)
    assert len(ids) == 64 * QUESTIONS == runtime._journal.requests
    assert len({row.query for row in rows.values()}) == len(ids)


def test_every_call_may_be_made_beside_every_other(open_runtime, tmp_path: Path) -> None:
    runtime = open_runtime(response_cache_bytes=1 << 20, explore=0.5)
    only = Filter(types=("doc",))

    def work(thread: int) -> None:
        conversation = runtime.chat()
        for number in range(6):
            ticket = f"ticket {thread}-{number}"
            match (thread + number) % 6:
                case 0:
                    note = tmp_path / f"{thread}-{number}.md"
                    note.write_text(f"# Note {thread}\n\nThe key of {ticket} lies in drawer {number}. See Ada Lind.")
                    assert runtime.add(note).added == 1
                case 1:
                    assert runtime.search("Who repairs the feed pump?", filter=only)
                case 2:
                    assert runtime.explain(f"Who has {ticket}?").route.model_id == "small"
                case 3:
                    answer = runtime.ask(f"Who has {ticket}?", filter=only)
                    assert answer.text == ticket
                    # The notes say nothing of tickets, and what they do not bear out is not remembered.
                    runtime.remember(f"Who has {ticket}?", replace(answer, text=answer.sources[0].text, verdict=None))
                case _:
                    assert conversation.ask(f"And {ticket}?").text == ticket

    storm(12, work)
    stats = runtime.memory.stats()
    assert stats.documents == len(NOTES) + 12
    assert stats.edges_by_relation["cites"] >= 12


def test_threads_in_one_conversation_wait_for_one_another(open_runtime) -> None:
    runtime = open_runtime()
    conversation = runtime.chat()

    def work(thread: int) -> None:
        for number in range(4):
            assert conversation.ask(f"And ticket {thread}-{number}?").text == f"ticket {thread}-{number}"

    storm(6, work)
    history = conversation._history
    assert history.turns == 24
    said = history.messages[1:]
    for question, answer in zip(said[::2], said[1::2], strict=True):
        assert answer.content in question.content


def waits(runtime: Runtime, count: int) -> None:
    while len(runtime._pool._workers["small"].turns._waiting) < count:
        time.sleep(0.002)


def test_a_handle_ends_its_own_question_wherever_that_is(open_runtime) -> None:
    runtime = open_runtime()
    began, go_on, outcomes = threading.Event(), threading.Event(), {}
    handles = {name: sanderling.Handle() for name in ("speaks", "waits", "goes on")}

    def listen(_: str) -> None:
        began.set()
        go_on.wait(60)  # a story must not end before it is cancelled

    def ask(name: str, question: str) -> threading.Thread:
        def run() -> None:
            try:
                stream = listen if name == "speaks" else None
                outcomes[name] = runtime.ask(question, max_tokens=20_000, stream=stream, handle=handles[name])
            except Cancelled as error:
                outcomes[name] = error

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    threads = [ask("speaks", "Tell me a story.")]
    assert began.wait(60)
    threads += [ask("waits", "ticket 1-1?"), ask("goes on", "ticket 1-2?")]
    waits(runtime, 2)
    handles["waits"].cancel()
    threads[1].join()
    handles["speaks"].cancel()
    go_on.set()
    for thread in threads:
        thread.join()
    assert outcomes["speaks"].finish_reason == "cancelled"
    assert outcomes["speaks"].request_id == handles["speaks"].id
    assert isinstance(outcomes["waits"], Cancelled)
    assert (outcomes["goes on"].text, outcomes["goes on"].finish_reason) == ("ticket 1-2", "stop")
    assert outcomes["goes on"].timings_ms.wait > 0
    with TelemetryStore() as store:
        errors = {row.request_id: bool(row.error) for row in store.rows()}
    assert errors == {handles[name].id: name == "waits" for name in handles}


def test_a_question_cancelled_before_it_was_asked_reaches_no_model(open_runtime) -> None:
    runtime = open_runtime()
    handle = sanderling.Handle()
    handle.cancel()
    with pytest.raises(Cancelled):
        runtime.ask("ticket 1-1?", handle=handle)
    assert runtime._pool.model_ids == ()


def test_a_handle_is_for_one_question(open_runtime) -> None:
    runtime = open_runtime()
    handle = sanderling.Handle()
    runtime.ask("ticket 1-1?", handle=handle)
    with pytest.raises(UsageError, match="make a new one for each"):
        runtime.ask("ticket 1-2?", handle=handle)


def test_a_question_that_waits_too_long_is_refused(open_runtime) -> None:
    runtime = open_runtime(queue_timeout_s=0.0)
    with runtime._pool.turn("small"):
        refused: list[Exception] = []

        def ask() -> None:
            with pytest.raises(Busy, match="small is busy with other questions") as caught:
                runtime.ask("ticket 1-1?")
            refused.append(caught.value)

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert refused


@pytest.mark.timeout(600)
@pytest.mark.model
def test_a_real_model_says_to_each_of_8_threads_what_it_says_to_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hash_embedder, smollm2_path: Path
) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    note = tmp_path / "ada.md"
    note.write_text(NOTES["ada.md"])
    asked = [f"{word} repairs {what}?" for word in ("Who", "When", "Where", "Why") for what in ("it", "the pump")]
    with Runtime.open(
        tmp_path / "m.sanderling", model=str(smollm2_path), embedder=hash_embedder, n_threads=1
    ) as runtime:
        runtime.add(note)

        def ask(question: str) -> str:
            return runtime.ask(question, temperature=0.0, max_tokens=8, context="small").text

        alone = {question: ask(question) for question in asked}
        together: dict[str, str] = {}
        storm(8, lambda thread: together.update({asked[thread]: ask(asked[thread])}))
    assert together == alone
    assert any(alone.values())


@pytest.mark.parametrize("folder", ["response_cache", "telemetry", "conversations"])
def test_what_threads_decode_into_is_prepared_at_import(folder: str) -> None:
    """Two threads that are the first to decode into a struct end the process (msgspec 0.22)."""
    package = Path(sanderling.__file__).parent
    for file in (package / folder).rglob("*.py"):
        assert not re.search(r"msgspec\.\w+\.decode\([^\n]*type=", file.read_text(encoding="utf-8")), file
