"""A question goes to a tier, or not, and comes back: with a scripted server in place of vLLM or llama-server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from scripted_server import DONE, STREAM, ScriptedServer, answer, event, piece, reply, scripted_server
from tiered import QUESTION, edge, tiered

from sanderling.cli import departures
from sanderling.errors import ModelUnavailable, TierFailed
from sanderling.models.candidate import Candidate
from sanderling.privacy import PrivacySettings
from sanderling.request.handle import Handle
from sanderling.telemetry.store import TelemetryStore


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        server.scripts = [answer("Ada Lind repairs it.")]
        yield server


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    with ExitStack() as stack:
        yield lambda *tiers, **more: stack.enter_context(tiered(tmp_path, monkeypatch, *tiers, **more))


def test_a_question_that_may_leave_is_answered_by_a_faster_and_larger_model(scripted, opened) -> None:
    runtime = opened(edge(scripted.url, api_key_env="NO_SUCH_KEY"))
    pieces: list[str] = []
    found = runtime.ask(QUESTION, privacy="own", stream=pieces.append)
    assert found.text == "".join(pieces) == "Ada Lind repairs it."
    assert (found.route.model_id, found.route.tier, found.left_device) == ("edge/m", "edge", True)
    assert found.sources[0].title == "Pump"
    assert found.tokens.prompt == 40
    assert 0.85 < found.assessment.confidence < 0.95
    ((path, headers, body),) = scripted.seen
    sent = json.loads(body)
    assert path == "/v1/chat/completions"
    assert sent["stream"] is True
    assert "Ada Lind" in sent["messages"][-1]["content"]
    assert "authorization" not in headers
    with TelemetryStore() as store:
        (row,) = store.tail(5)
    (left,) = row.departures
    assert row.tier == "edge"
    assert (left.outcome, left.sent_bytes, left.trust) == ("answered", len(body), "own")
    assert left.notes == tuple(source.node_id for source in found.sources)


def test_a_tier_that_thinks_aloud_is_quoted_without_its_thought(scripted, opened, tmp_path: Path) -> None:
    scripted.scripts = [answer("<think> Bo of Xylophonia? </think>\n\nAda Lind repairs it.")]
    pieces: list[str] = []
    found = opened(edge(scripted.url)).ask(QUESTION, privacy="own", stream=pieces.append)
    assert found.text == "".join(pieces) == "Ada Lind repairs it."
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"Xylophonia" in path.read_bytes()]


@pytest.mark.parametrize(
    ("privacy", "trust", "leaves"),
    [
        (None, "own", False),
        ("local", "own", False),
        ("own", "own", True),
        ("any", "own", True),
        ("own", "third", False),
        ("any", "third", True),
    ],
)
def test_privacy_and_trust_decide(scripted, opened, privacy, trust: str, leaves: bool) -> None:
    found = opened(edge(scripted.url, trust=trust)).ask(QUESTION, privacy=privacy)
    assert (found.text, found.left_device, bool(scripted.seen)) == (
        ("Ada Lind repairs it.", True, True) if leaves else ("here", False, False)
    )


def test_nothing_is_probed_for_a_request_that_may_not_leave(scripted, opened) -> None:
    runtime = opened(edge(scripted.url), known=False)
    runtime.ask(QUESTION)
    runtime.explain(QUESTION, privacy="own")
    assert scripted.seen == []
    runtime.ask(QUESTION, privacy="own")
    assert [path for path, _, _ in scripted.seen] == ["/v1/models", "/v1/chat/completions", "/v1/chat/completions"]
    assert b"feed pump" not in scripted.seen[1][2]


FAILURES = {
    "401": ((reply(401, b'{"error": "Unauthorized"}'),), "does not take our key"),
    "429": ((reply(429, b'{"error": {"message": "slow down"}}'),), "slow down"),
    "500": ((reply(500, b"oops"),), "failed (500)"),
    "400": ((reply(400, b'{"error": {"message": "too long"}}'),), "too long"),
    "hung": ((3.0,), "said nothing"),
    "killed": ((None,), "broke the connection off"),
    "killed mid-stream": ((STREAM, piece("Ada "), None), "broke the connection off"),
    "slow": ((STREAM, piece("Ada "), 3.0), "fell silent"),
    "wrong JSON": ((STREAM, b'data: {"choices": [\n\n'), "not JSON"),
    "no list": ((STREAM, b"data: 7\n\n"), "no part of an answer"),
    "error and done": ((STREAM, piece("Ada "), event(error={"message": "EngineCore died", "code": 500}), DONE), "died"),
    "cut": ((STREAM, piece("Ada "), DONE), "may be cut"),
    "filtered": ((STREAM, piece(None, "content_filter"), DONE), "content_filter"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_tier_that_fails_unseen_is_gone_round(scripted, opened, name: str) -> None:
    script, words = FAILURES[name]
    runtime = opened(edge(scripted.url))
    scripted.scripts = [script]
    found = runtime.ask(QUESTION, privacy="own")  # not streamed: nothing was shown yet
    assert (found.text, found.route.tier) == ("here", "")
    assert found.left_device
    (warning,) = [each for each in found.warnings if words in each]
    assert "answered by small" in warning
    with TelemetryStore() as store:
        (row,) = store.tail(5)
    assert [each.outcome for each in row.departures] != ["answered"]
    assert row.router_decision.model_id == "small"


@pytest.mark.parametrize("name", ["killed mid-stream", "slow", "error and done", "cut"])
def test_an_answer_that_has_begun_ends_in_an_error_and_the_next_question_is_answered_here(
    scripted, opened, name: str
) -> None:
    script, words = FAILURES[name]
    runtime = opened(edge(scripted.url))
    scripted.scripts = [script]
    pieces: list[str] = []
    with pytest.raises(TierFailed, match=words):
        runtime.ask(QUESTION, privacy="own", context="tiny", stream=pieces.append)  # nothing can follow such a draft
    assert pieces == ["Ada "]
    assert runtime.ask(QUESTION).text == "here"
    with TelemetryStore() as store:
        failed, _ = store.tail(5)
    assert failed.error == "TierFailed"
    assert failed.departures


@pytest.mark.parametrize("name", ["killed mid-stream", "cut"])
def test_a_draft_that_was_held_back_is_gone_round(scripted, opened, name: str) -> None:
    script, words = FAILURES[name]
    runtime = opened(edge(scripted.url))
    scripted.scripts = [script]
    pieces: list[str] = []
    found = runtime.ask(QUESTION, privacy="own", stream=pieces.append)
    assert (found.text, "".join(pieces), found.left_device) == ("here", "here", True)
    assert any(words in warning for warning in found.warnings)


def test_the_breaker_opens_after_three_failures_and_closes_after_a_probe(scripted, opened, monkeypatch) -> None:
    runtime = opened(edge(scripted.url))
    now = [0.0]
    (tier,) = runtime._tiers.tiers
    monkeypatch.setattr(tier.breaker, "_clock", lambda: now[0])
    scripted.scripts = [(reply(500, b""),)]
    for _ in range(5):
        assert runtime.ask(QUESTION, privacy="own").text == "here"
    assert len(asked(scripted)) == 3
    assert runtime.tier_states()[0].breaker == "open"
    now[0] = 5.1
    assert runtime.ask(QUESTION, privacy="own").text == "here"
    assert len(asked(scripted)) == 4
    now[0] = 14.0  # it is open for twice as long now
    runtime.ask(QUESTION, privacy="own")
    assert len(asked(scripted)) == 4
    now[0] = 15.2
    scripted.scripts = [answer("Ada")]
    assert runtime.ask(QUESTION, privacy="own").text == "Ada"
    assert runtime.tier_states()[0].breaker == "closed"
    assert runtime.ask(QUESTION, privacy="own").text == "Ada"


def asked(scripted) -> list[bytes]:
    return [body for path, _, body in scripted.seen if path.endswith("/chat/completions")]


@pytest.mark.parametrize(
    ("health", "status", "sent", "looked"),
    [
        ("/health", 200, 4, ["/health"]),
        ("/health", 503, 3, ["/health"]),
        ("/health", 500, 3, ["/health"]),
        ("/health", 404, 4, ["/health"]),  # Ollama has no such path
        ("/v1/health", 503, 3, ["/v1/health"]),
        ("", 503, 4, []),
    ],
)
def test_a_server_that_failed_gets_a_question_again_when_it_says_that_it_is_well(
    scripted, opened, monkeypatch, health: str, status: int, sent: int, looked: list[str]
) -> None:
    runtime = opened(edge(scripted.url, health=health))
    now = [0.0]
    (tier,) = runtime._tiers.tiers
    monkeypatch.setattr(tier.breaker, "_clock", lambda: now[0])
    scripted.scripts, scripted.health = [(reply(500, b""),)], reply(status, b"loading", kind="text/plain")
    for _ in range(3):
        runtime.ask(QUESTION, privacy="own")
    bytes_sent = tier.sent_bytes
    scripted.scripts, now[0] = [answer("Ada")], 5.1
    found = runtime.ask(QUESTION, privacy="own")
    assert found.text == ("Ada" if sent == 4 else "here")
    assert len(asked(scripted)) == sent
    assert [path for path, _, _ in scripted.seen if path.endswith("/health")] == looked
    assert (tier.sent_bytes > bytes_sent) == (found.left_device) == (sent == 4)
    assert runtime.tier_states()[0].breaker == ("closed" if sent == 4 else "open")


def test_a_model_asked_for_by_name_has_no_stand_in(scripted, opened) -> None:
    runtime = opened(edge(scripted.url), never_leave=("tag:secret",))
    with pytest.raises(ModelUnavailable, match="privacy is local, and edge needs own"):
        runtime.ask(QUESTION, model="edge/m")
    assert runtime.ask(QUESTION, model="edge/m", privacy="own").text == "Ada Lind repairs it."
    scripted.scripts = [(reply(500, b""),)]
    with pytest.raises(TierFailed):
        runtime.ask(QUESTION, model="edge/m", privacy="own")


def test_a_budget_sends_a_question_away_and_a_price_keeps_it(scripted, opened, monkeypatch) -> None:
    quick = Candidate.decode_ms  # the model here is expected to be slow: a budget of milliseconds is over at once
    monkeypatch.setattr(Candidate, "decode_ms", lambda each, tokens: quick(each, tokens) + 1e4 * (not each.remote))
    runtime = opened(edge(scripted.url, cost_per_mtok=(50_000.0, 50_000.0)))
    here_ms = min(choice.predicted_ms for choice in runtime.explain(QUESTION).choices)
    there = [c for c in runtime.explain(QUESTION, privacy="own").choices if c.model_id == "edge/m"]
    assert min(choice.predicted_ms for choice in there) < 0.8 * here_ms
    assert runtime.ask(QUESTION, privacy="own").text == "here"
    assert runtime.ask(QUESTION, privacy="own", budget_ms=0.8 * here_ms).text == "Ada Lind repairs it."


def test_a_cancelled_question_stops_at_once_and_breaks_nothing(scripted, opened) -> None:
    runtime = opened(edge(scripted.url, stall_timeout_s=20.0))
    scripted.scripts = [(STREAM, piece("Ada "), 30.0)]
    handle = Handle()
    threading.Timer(0.5, handle.cancel).start()
    began = time.monotonic()
    found = runtime.ask(QUESTION, privacy="own", handle=handle, stream=lambda text: None)
    assert (found.text, found.finish_reason) == ("Ada", "cancelled")
    assert time.monotonic() - began < 5
    assert runtime.tier_states()[0].failures == {}


def test_a_server_without_probabilities_has_no_confidence(scripted, opened) -> None:
    scripted.scripts = [(STREAM, piece("Ada", logprob=None), piece(None, "stop"), DONE)]
    found = opened(edge(scripted.url)).ask(QUESTION, privacy="own")
    assert (found.text, found.assessment.confidence) == ("Ada", 0.0)


def test_turns_are_sent_again_only_to_whom_has_read_them(scripted, opened) -> None:
    runtime = opened(edge(scripted.url))
    talk = runtime.chat()
    talk.ask("Who repairs the feed pump?", privacy="local")
    talk.ask("Where does she come from?", privacy="own")
    talk.ask("And what is served on Fridays?", privacy="own")
    first, second = (json.loads(body)["messages"] for _, _, body in scripted.seen)
    assert [message["role"] for message in first] == ["system", "user"]
    assert [message["role"] for message in second] == ["system", "user", "assistant", "user"]
    given = runtime.chat(turns=[("Who?", "the canary")])
    given.ask("Who repairs the feed pump?", privacy="own")
    assert b"canary" not in scripted.seen[-1][2]


@pytest.mark.parametrize(
    ("default", "limit", "asked", "leaves"),
    [
        ("own", "any", None, True),
        ("own", "local", None, False),
        ("local", "local", "any", False),
        ("any", "own", "any", True),
    ],
)
def test_the_configuration_gives_the_default_and_bounds_every_question(
    scripted, opened, default: str, limit: str, asked, leaves: bool
) -> None:
    runtime = opened(edge(scripted.url), settings=PrivacySettings(default=default, limit=limit))
    assert runtime.ask(QUESTION, privacy=asked).left_device is leaves
    assert bool(scripted.seen) is leaves


def test_the_log_shows_what_left_also_for_answers_that_failed(scripted, opened, capsys) -> None:
    runtime = opened(edge(scripted.url))
    departures.show(5, json=False)
    assert "nothing has left this device" in capsys.readouterr().out
    runtime.ask(QUESTION)
    runtime.ask(QUESTION, privacy="own")
    scripted.scripts = [(reply(500, b""),)]
    runtime.ask("Who is the engineer?", privacy="any")
    departures.show(5, json=True)
    answered, failed = map(json.loads, capsys.readouterr().out.splitlines())
    assert (answered["outcome"], answered["tier"], answered["query"], answered["privacy"]) == (
        "answered", "edge", QUESTION, "own",
    )  # fmt: skip
    assert (failed["outcome"], failed["privacy"]) == ("status", "any")
    assert failed["notes"]
    assert answered["address"] in scripted.url
    departures.show(1, json=False)
    shown = capsys.readouterr().out
    assert "Who is the engineer?" in shown
    assert QUESTION not in shown
