"""A question answered with a sentence of the notes and no model."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pump_notes import Opens, runtimes
from scripted_model import model

from sanderling.errors import NoNotes, UsageError
from sanderling.filter import Filter
from sanderling.listing import Listing
from sanderling.quote import Quote
from sanderling.request.handle import Handle
from sanderling.stages import quote as stage
from sanderling.telemetry.store import TelemetryStore

ASK = "Who repairs the feed pump?"


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    monkeypatch.setattr(stage, "LEAST", 0.0)
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


def test_a_sentence_is_the_answer_and_no_model_is_loaded(open_runtime: Opens) -> None:
    runtime = open_runtime()
    answer = runtime.quote(ASK)
    assert answer.text == answer.quote.text == "The feed pump is repaired by Ada Lind."
    assert answer.sources[0] == answer.quote.source
    assert (answer.route.model_id, answer.tokens.completion) == ("", 0)
    assert answer.assessment.confidence == answer.quote.confidence
    assert runtime.loaded == ()
    with TelemetryStore() as store:
        assert store.tail(1) == []


def test_lists_filters_and_errors_are_those_of_a_question(open_runtime: Opens, monkeypatch) -> None:
    runtime = open_runtime()
    assert isinstance(runtime.quote("How many notes mention Ada Lind?"), Listing)
    menu = Filter(under=(str(Path(runtime.search("lentil soup")[0].uri)),))
    assert "lentil" in runtime.quote(ASK, filter=menu).text
    with pytest.raises(NoNotes):
        runtime.quote(ASK, filter=Filter(tags=("absent",)))
    with pytest.raises(UsageError, match="empty"):
        runtime.quote(" ")
    monkeypatch.setattr(stage, "LEAST", 1.0)
    nothing = runtime.quote(ASK)
    assert (nothing.text, nothing.quote) == ("", None)
    assert nothing.sources


def test_the_sentence_is_told_before_a_model_begins(open_runtime: Opens) -> None:
    runtime = open_runtime()
    told: list[object] = []

    def on_quote(quote: Quote) -> None:
        assert not runtime.generating
        told.append(quote)

    answer = runtime.ask(ASK, stream=told.append, on_quote=on_quote)
    assert told[0] == answer.quote
    assert "".join(map(str, told[1:])) == answer.text == "Ada Lind"
    assert answer.timings_ms.quote > 0
    conversation = runtime.chat()
    conversation.ask(ASK, on_quote=told.append)
    assert conversation.ask("And where is she from?", on_quote=told.append).quote == told[-1]
    assert "Narvik" in told[-1].text


def test_a_list_an_object_and_no_good_sentence_tell_nothing(open_runtime: Opens, monkeypatch) -> None:
    runtime = open_runtime()
    told: list[Quote] = []
    runtime.ask("List all notes", on_quote=told.append)
    runtime.ask(ASK, json_schema={"type": "object"}, on_quote=told.append)
    monkeypatch.setattr(stage, "LEAST", 1.0)
    assert runtime.ask(ASK, on_quote=told.append).quote is None
    assert told == []


def test_a_budget_that_no_model_meets_is_kept_by_the_sentence(tmp_path, open_runtime: Opens, monkeypatch) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="Ada Lind"))
    pieces: list[str] = []
    told: list[Quote] = []
    answer = runtime.ask(ASK, budget_ms=1, stream=pieces.append, on_quote=told.append)
    assert told == []  # it is the answer, and need not be said before
    assert answer.text == "".join(pieces) == "The feed pump is repaired by Ada Lind."
    assert "no model is quick enough" in answer.route.reason
    assert runtime.loaded == ()
    asked_for = runtime.ask(ASK, budget_ms=1, model="small", on_quote=told.append)
    assert told == [answer.quote]  # that model was asked for, but its time is over before it begins
    assert (asked_for.text, asked_for.finish_reason) == (answer.text, "budget")
    assert "small could not begin in time" in asked_for.route.reason
    assert runtime.ask(ASK, budget_ms=3_600_000).text == "Ada Lind"
    monkeypatch.setattr(stage, "LEAST", 1.0)
    late = runtime.ask(ASK, budget_ms=1)  # without a sentence there are the notes
    assert (late.text, late.finish_reason) == ("", "budget")
    assert late.sources


def test_a_handle_belongs_to_one_question(open_runtime: Opens) -> None:
    runtime, handle = open_runtime(), Handle()
    runtime.ask(ASK, handle=handle)
    with pytest.raises(UsageError, match="used for another question"):
        runtime.ask(ASK, handle=handle)


def test_neither_an_engine_nor_the_router_is_imported_for_it() -> None:
    code = "import sys, sanderling.stages.quote_notes; print(*sys.modules)"
    known = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert "sanderling.stages.quote" in known
    assert not {"llama_cpp", "xllamacpp", "onnxruntime", "sanderling.router", "sanderling.engines.model_pool"} & known
