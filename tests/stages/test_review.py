"""What follows a draft, and what is shown of it, through the whole loop with scripted models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pump_notes import Opens, runtimes
from scripted_model import model

from sanderling import Answer, Handle
from sanderling.config import Config
from sanderling.models.candidate import Candidate
from sanderling.quote import Quote
from sanderling.request.stopwatch import Stopwatch
from sanderling.router import rule
from sanderling.router.verifier import weights
from sanderling.router.verifier.gains import Gain
from sanderling.router.verifier.logistic import Logistic
from sanderling.router.verifier.unfitted import Unfitted
from sanderling.stages import quote
from sanderling.stages.review import HELD_TOKENS
from sanderling.telemetry.store import TelemetryStore

QUESTION = "Who repairs the feed pump?"


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    # The verifier is fixed here, so that a new fit of the shipped one changes no test.
    grown = Gain(
        model_id="small", context_bin="tiny", to_model_id="small", to_context_bin="large", at_zero=0.3, at_one=-0.1
    )
    fixed = weights.Fitted(verifier=Unfitted(a=1.0, b=0.9, c=0.0, not_sure_below=0.5), gains=(grown,))
    monkeypatch.setattr(weights, "active", lambda: fixed)
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


def asked(runtime, question: str = QUESTION, **options) -> tuple[Answer, list[str]]:
    pieces: list[str] = []
    return runtime.ask(question, stream=pieces.append, **options), pieces


def test_an_answer_that_the_notes_hold_is_borne_out_by_them(tmp_path: Path, open_runtime) -> None:
    answer, pieces = asked(open_runtime())
    assert answer.verdict is not None
    assert (answer.verdict.label, answer.verdict.by) == ("borne_out", (1,))
    assert answer.verdict.confidence > 0.5
    assert answer.route.escalated_from == ""
    assert "".join(pieces) == answer.text
    with TelemetryStore() as store:
        assert store.tail(1)[0].verdict == answer.verdict


@pytest.mark.parametrize(("needed", "label"), [(1.0, "borne_out"), (4.0, "not_sure")])
def test_an_answer_from_few_notes_is_doubted_where_several_seem_to_be_needed(
    open_runtime, monkeypatch, needed: float, label: str
) -> None:
    doubts = Logistic(coefficients={"crowding": -5.0}, intercept=2.0, not_sure_below=0.5)
    monkeypatch.setattr(weights, "active", lambda: weights.Fitted(verifier=doubts))
    monkeypatch.setattr(rule, "hops", lambda features: np.full(features.shape[:-1], needed))
    verdict = asked(open_runtime())[0].verdict
    assert verdict is not None
    assert verdict.label == label


def test_a_doubtful_draft_is_asked_again_with_a_larger_context_and_only_the_second_is_shown(
    tmp_path: Path, open_runtime, monkeypatch
) -> None:
    monkeypatch.setattr(rule, "SLOW_MS", -1.0)  # so that it begins with a tiny context
    grown = {"when": "lentil", "say": "Ada Lind"}
    runtime = open_runtime(model(tmp_path, "small", 1, grown, say="Tromso"))
    answer, pieces = asked(runtime)
    assert (answer.text, "".join(pieces)) == ("Ada Lind", "Ada Lind")
    assert (answer.route.model_id, answer.route.escalated_from, answer.route.drafted_bin) == ("small", "small", "tiny")
    assert answer.route.context_bin != "tiny"
    assert "larger context" in answer.route.reason
    assert answer.verdict is not None
    assert answer.verdict.label == "borne_out"
    with TelemetryStore() as store:
        decision = store.tail(1)[0].router_decision
    assert (decision.escalated, decision.drafted_by, decision.drafted_bin) == (True, "small", "tiny")


def test_an_answer_no_note_holds_is_not_sure_and_keeps_its_sources(tmp_path: Path, open_runtime) -> None:
    answer, _ = asked(open_runtime(model(tmp_path, "small", 1, say="Tromso")))
    assert answer.verdict is not None
    assert (answer.verdict.label, answer.verdict.reason) == ("not_sure", "the notes do not say it outright")
    assert answer.sources


@pytest.mark.usefixtures("smallest_first")
def test_a_small_model_in_doubt_gives_way_to_a_larger_one(tmp_path: Path, open_runtime) -> None:
    both = model(tmp_path, "small", 1, say="Tromso"), model(tmp_path, "big", 2, say="Ada Lind")
    answer, pieces = asked(open_runtime(*both))
    assert (answer.text, "".join(pieces)) == ("Ada Lind", "Ada Lind")
    assert (answer.route.model_id, answer.route.escalated_from) == ("big", "small")


@pytest.mark.usefixtures("smallest_first")
def test_a_budget_that_is_used_up_leaves_the_first_draft(
    tmp_path: Path, open_runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quote, "LEAST", 0.0)
    monkeypatch.setattr(Candidate, "predicted_ms", lambda model, *tokens: 60_000.0)
    both = model(tmp_path, "small", 1, say="Tromso"), model(tmp_path, "big", 2, say="Ada Lind")
    runtime = open_runtime(*both)
    answer, _ = asked(runtime, budget_ms=200_000)
    assert (answer.text, answer.route.escalated_from) == ("Ada Lind", "small")

    def late(quoted: Quote) -> None:  # is called once the route is chosen
        monkeypatch.setattr(Stopwatch, "elapsed_ms", lambda watch: 199_000.0)

    answer, _ = asked(runtime, budget_ms=200_000, on_quote=late)
    assert (answer.text, answer.route.escalated_from) == ("Tromso", "")


@pytest.mark.usefixtures("smallest_first")
def test_a_second_draft_that_did_not_begin_in_time_leaves_the_first(tmp_path: Path, open_runtime) -> None:
    slow = {"when": QUESTION, "say": "Ada Lind", "read_ms": 30_000.0}
    runtime = open_runtime(
        model(tmp_path, "small", 1, say="Tromso"),
        model(tmp_path, "big", 2, slow, say="lentil soup"),
    )
    for name in ("small", "big"):
        runtime.ask("What is on the menu?", model=name)  # loads
    answer, pieces = asked(runtime, budget_ms=1500)
    assert (answer.text, "".join(pieces), answer.route.model_id) == ("Tromso", "Tromso", "small")


def test_a_draft_that_nothing_can_follow_is_shown_as_it_is_written(
    tmp_path: Path, open_runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="Tromso", token_ms=1))
    _, written = asked(runtime, context="tiny")
    assert len(written) > 1
    # What may be replaced comes as a whole, after it was judged.
    monkeypatch.setattr(Gain, "expected", lambda gain, confidence: 1.0 if confidence == 0.0 else -1.0)
    _, at_once = asked(runtime, "Who greases the winch?")
    assert len(at_once) == 1


def test_a_long_draft_is_shown_as_it_goes_on_and_is_not_replaced(
    tmp_path: Path, open_runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gain, "expected", lambda gain, confidence: 1.0)  # any other draft would be worth it
    text = "Tromso " * (HELD_TOKENS // 5)
    answer, pieces = asked(open_runtime(model(tmp_path, "small", 1, say=text)))
    assert len(pieces[0]) == HELD_TOKENS + 1
    assert len(pieces) == len(text) - HELD_TOKENS
    assert "".join(pieces) == text
    assert answer.route.escalated_from == ""


def test_what_no_note_can_bear_out_has_no_verdict(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime()
    listing = runtime.ask("How many notes are there?")
    assert listing.verdict is None
    stopped = Handle()
    assert runtime.ask(QUESTION, context="tiny", stream=lambda text: stopped.cancel(), handle=stopped).verdict is None


def test_an_answer_in_json_has_no_verdict_and_no_second_draft(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="{}"))
    answer = runtime.ask(QUESTION, json_schema={"type": "object"})
    assert (answer.verdict, answer.route.escalated_from) == (None, "")


def test_a_kept_answer_keeps_its_verdict(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(config=Config(response_cache_bytes=10**6))
    first, _ = asked(runtime)
    again, _ = asked(runtime)
    assert again.cached
    assert again.verdict == first.verdict is not None


def test_what_was_said_before_counts_as_said(tmp_path: Path, open_runtime) -> None:
    told = {"when": "nickname", "say": "Ada Lind, called Lindwurm"}
    runtime = open_runtime(model(tmp_path, "small", 1, told, say="Ada Lind"))
    alone = runtime.ask("What is the nickname of Ada Lind?")
    talk = runtime.chat(turns=[("What do they call her?", "They called her Lindwurm.")])
    after = talk.ask("What is the nickname of Ada Lind?")
    assert alone.verdict is not None
    assert after.verdict is not None
    assert after.verdict.confidence > alone.verdict.confidence
