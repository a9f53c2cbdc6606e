"""Kept answers in the whole loop, with a scripted model whose answer shows whether it was asked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from disk_words import draw, left
from pump_notes import Opens, runtimes
from scripted_model import model

from sanderling import config as settings
from sanderling.config import Config
from sanderling.filter import Filter
from sanderling.memory import Memory, Note
from sanderling.records import NodeMetadata
from sanderling.response_cache import cache
from sanderling.response_cache.answers import Answers
from sanderling.runtime import Runtime
from sanderling.telemetry.store import TelemetryStore

QUESTION = "Who repairs the feed pump?"
ON = Config(response_cache_bytes=1 << 20)


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    """Opens runtimes that keep answers, unless told otherwise."""
    with runtimes(tmp_path, monkeypatch) as opens:
        yield partial(opens, config=ON)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


@pytest.mark.parametrize("gone", [True, False])
def test_an_answer_goes_with_the_note_whose_words_it_repeats(open_runtime, tmp_path, notes, gone) -> None:
    (word,) = draw(11, 1)
    runtime = open_runtime(model(tmp_path, "telling", 1, say=f"Ada Lind, {word}"))
    runtime.ask(QUESTION)
    assert left(settings.home(), [word], but=settings.home().glob("telemetry*"))
    runtime.add(notes)
    assert left(settings.home(), [word], but=settings.home().glob("telemetry*"))
    for note in ("pump.md", "ada.md"):
        (notes / note).unlink() if gone else (notes / note).write_text("The pump is sold.")
    runtime.add(notes, prune=True)
    assert not left(settings.home(), [word])


@pytest.fixture
def runtime(open_runtime) -> Runtime:
    """One that has answered the question."""
    opened = open_runtime()
    assert not opened.ask(QUESTION).cached
    return opened


def test_a_question_asked_again_needs_no_model_and_says_so(runtime: Runtime) -> None:
    made = runtime.ask(QUESTION, cache=False)
    runtime._pool.close()
    pieces: list[str] = []
    answer = runtime.ask("who repairs the feed  pump", stream=pieces.append)
    assert answer.cached
    assert answer.text == "Ada Lind" == "".join(pieces)
    assert answer.route.reason == "kept answer, the same question"
    assert answer.sources == made.sources
    assert answer.route.model_id == made.route.model_id
    assert (answer.tokens.prompt, answer.timings_ms.llm, answer.timings_ms.load) == (0, 0, 0)
    assert answer.timings_ms.cache > 0
    assert runtime._pool.model_ids == ()
    with TelemetryStore() as store:
        assert [row.cached for row in store.tail(5)] == [False, False, True]


def test_off_by_default_and_without_words_in_the_log(open_runtime, tmp_path: Path) -> None:
    for config in (Config(), msgspec.structs.replace(ON, log_query_text=False)):
        runtime = open_runtime(config=config)
        assert [runtime.ask(QUESTION).cached for _ in range(2)] == [False, False]
    assert not (tmp_path / "home" / "responses.sqlite").exists()


def test_another_wording_is_taken_and_another_question_is_not(runtime: Runtime) -> None:
    answer = runtime.ask("Who repairs, please, the feed pump?")
    assert not answer.cached  # the same telling words, but for this embedder below the threshold
    answer = runtime.ask("Who repairs the 'feed pump'?")
    assert answer.cached
    assert answer.route.reason == "kept answer, like: who repairs the feed pump"
    # The last has the same words, so that its cosine is 1.
    for other in ("Who repairs the feed pumps?", "Who repairs the feed pump not?", "Who feed repairs the pump?"):
        assert not runtime.ask(other).cached


@pytest.mark.parametrize(
    "asked",
    [
        {"budget_ms": 600_000.0},
        {"max_tokens": 64},
        {"context": "large"},
        {"temperature": 0.9},
        {"privacy": "any"},
        {"filter": Filter(sources=("kb",))},
        {"cache": False},
    ],
)
def test_whatever_decides_what_is_said_is_looked_up_too(runtime: Runtime, asked: dict) -> None:
    assert not runtime.ask(QUESTION, **asked).cached
    assert runtime.ask(QUESTION).cached
    assert runtime.ask(QUESTION, **asked).cached == ("cache" not in asked)


def test_budgets_share_answers_within_a_factor_of_two(runtime: Runtime) -> None:
    runtime.ask(QUESTION, budget_ms=600_000)
    assert runtime.ask(QUESTION, budget_ms=700_000).cached
    assert not runtime.ask(QUESTION, budget_ms=2_000_000).cached


def test_another_form_of_the_prompt_is_another_question(open_runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    full = msgspec.structs.replace(ON, block_head="full")
    assert [open_runtime().ask(QUESTION).cached for _ in range(2)] == [False, True]
    assert [open_runtime(config=full).ask(QUESTION).cached for _ in range(2)] == [False, True]
    monkeypatch.setattr(cache, "PROMPT_VERSION", cache.PROMPT_VERSION + 1)
    assert [open_runtime().ask(QUESTION).cached for _ in range(2)] == [False, True]


def test_an_unrelated_note_changes_nothing(runtime: Runtime) -> None:
    runtime.memory.write_back([Note(text="Zebras graze.", title="Zoo")])
    assert runtime.ask(QUESTION).cached


def test_a_note_it_was_made_from_is_replaced(runtime: Runtime, notes: Path) -> None:
    (notes / "pump.md").write_text("# Pump\n\nThe feed pump is repaired by Bo Berg.")
    runtime.add(notes)
    assert not runtime.ask(QUESTION).cached
    assert runtime.ask(QUESTION).cached


def test_a_note_it_was_made_from_is_deleted(runtime: Runtime, notes: Path) -> None:
    (notes / "pump.md").unlink()
    runtime.add(notes, prune=True)
    assert not runtime.ask(QUESTION).cached


def test_a_better_note_comes(runtime: Runtime, notes: Path) -> None:
    (notes / "new.md").write_text("Who repairs the feed pump? Bo Berg repairs the feed pump.")
    runtime.add(notes)
    assert not runtime.ask(QUESTION).cached


def test_only_what_is_tied_to_its_notes_changes(open_runtime) -> None:
    runtime = open_runtime()
    (far,) = runtime.memory.write_back([Note(text="Zebras graze.", metadata=NodeMetadata(domain="zoo"))])
    filter = Filter(domains=("",), sources=("kb",))
    answer = runtime.ask(QUESTION, filter=filter)
    assert runtime.ask(QUESTION, filter=filter).cached
    assert far.key not in {source.key for source in answer.sources}
    with runtime.memory.store.write() as writer:
        writer.add_edges("cites", [(far.key, answer.sources[0].key, 0.5)], created_by="user")
    assert not runtime.ask(QUESTION, filter=filter).cached
    assert runtime.ask(QUESTION, filter=filter).cached
    with runtime.memory.store.write() as writer:
        writer.delete_nodes([far.key])
    assert not runtime.ask(QUESTION, filter=filter).cached


def test_a_memory_written_to_while_it_answers_keeps_nothing(open_runtime, hash_embedder, tmp_path: Path) -> None:
    runtime = open_runtime()

    def meanwhile(_: str) -> None:
        with Memory.open(tmp_path / "m.sanderling", hash_embedder) as other:
            other.add("Something else.")

    runtime.ask(QUESTION, stream=meanwhile)
    assert not runtime.ask(QUESTION).cached


def test_an_answer_written_back_is_a_new_neighbour_of_its_notes(open_runtime) -> None:
    runtime = open_runtime(config=msgspec.structs.replace(ON, write_back="always"))
    assert [runtime.ask(QUESTION).cached for _ in range(2)] == [False, False]


def test_a_conversation_takes_none_and_keeps_none(runtime: Runtime) -> None:
    conversation = runtime.chat()
    assert not conversation.ask(QUESTION).cached
    assert not conversation.ask("And where is she from?").cached
    assert not runtime.ask("And where is she from?").cached


@pytest.mark.usefixtures("smallest_first")
def test_an_escalated_answer_is_not_given_as_one_of_the_model_that_was_named(open_runtime, tmp_path: Path) -> None:
    small, big = model(tmp_path, "small", 1), model(tmp_path, "big", 2, say="Narvik")
    both = open_runtime(small, big)
    assert both.ask(QUESTION).route.escalated_from == "small"
    again = both.ask(QUESTION)
    assert (again.cached, again.route.model_id, again.route.escalated_from) == (True, "big", "small")
    assert not open_runtime(small).ask(QUESTION).cached
    assert not open_runtime(big).ask(QUESTION).cached


def test_cut_short_is_kept_and_says_so_again_but_stopped_is_not(open_runtime, tmp_path: Path) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="word " * 2000))
    cut = [runtime.ask(QUESTION, max_tokens=3) for _ in range(2)]
    assert cut[1].cached
    assert cut[0].warnings == cut[1].warnings != ()
    heard: list[str] = []

    def listen(text: str) -> None:
        heard.append(text)
        if len(heard) == 2:
            runtime.cancel()

    assert runtime.ask(QUESTION, max_tokens=2000, stream=listen).finish_reason == "cancelled"
    assert not runtime.ask(QUESTION, max_tokens=2000).cached


def test_an_answer_from_no_notes_is_not_kept(open_runtime, notes: Path) -> None:
    runtime = open_runtime()
    for path in notes.iterdir():
        path.unlink()
    runtime.add(notes, prune=True, confirm=bool)
    assert [runtime.ask(QUESTION).cached for _ in range(2)] == [False, False]


def test_a_damaged_file_or_row_costs_no_answer(runtime: Runtime) -> None:
    path = settings.home() / "responses.sqlite"
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE answer SET draft = x'c1'")
    raw.close()
    assert not runtime.ask(QUESTION).cached
    assert runtime.ask(QUESTION).cached
    runtime._responses.close()
    path.write_bytes(b"broken" * 2000)
    assert not runtime.ask(QUESTION).cached
    assert runtime.ask(QUESTION).cached


def test_no_words_of_notes_are_kept(runtime: Runtime) -> None:
    kept = b"".join(path.read_bytes() for path in settings.home().glob("responses.sqlite*"))
    assert b"repaired" not in kept
    assert b"repairs the feed pump" in kept


def test_another_runtime_finds_it(runtime: Runtime, open_runtime) -> None:
    assert open_runtime().ask(QUESTION).cached
    answers = Answers()
    assert (answers.stats().answers, answers.stats().hits) == (1, 1)
    answers.close()


def test_a_cached_answer_is_json(runtime: Runtime) -> None:
    assert json.loads(msgspec.json.encode(runtime.ask(QUESTION)))["cached"] is True


@pytest.mark.parametrize("score", ["down", 2.5])
def test_a_bad_rating_has_the_question_answered_anew(runtime: Runtime, score) -> None:
    again = runtime.ask("Who repairs the 'feed pump'?")
    assert again.cached
    runtime.rate(again, "up")
    assert runtime.ask(QUESTION).cached
    runtime.rate(again, score)
    assert not runtime.ask(QUESTION).cached
    assert runtime.ask(QUESTION).cached
