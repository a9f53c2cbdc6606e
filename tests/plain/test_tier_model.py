"""A model of another machine without notes: what is sent, what is refused, and what the log has of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from scripted_server import ScriptedServer, answer, reply, scripted_server
from tiered import edge, tiered

from sanderling.errors import ModelUnavailable, TierFailed, UsageError
from sanderling.plain.tools import Tool
from sanderling.privacy import PrivacySettings
from sanderling.records import Message
from sanderling.telemetry.store import TelemetryStore

ASK = [Message(role="user", content="Who?")]
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


def rows(runtime):
    with TelemetryStore() as store:
        return list(store.rows())


def test_what_the_caller_wrote_is_sent_and_is_in_the_log(scripted, tmp_path, monkeypatch) -> None:
    with tiered(tmp_path, monkeypatch, edge(scripted.url)) as runtime:
        scripted.scripts = [answer("Ada Lind")]
        pieces: list[str] = []
        told = [*ASK, Message(role="assistant", content="Whom do you mean?"), Message(role="user", content="She.")]
        done = runtime.tier_model("edge/m", "own").chat(told, max_tokens=9, seed=3, logprobs=1, stream=pieces.append)
        assert (done.text, "".join(pieces), done.finish_reason, done.tier) == ("Ada Lind", "Ada Lind", "stop", "edge")
        assert done.tokens[0].logprob == -0.1
        ((_, _, body),) = scripted.seen
        sent = json.loads(body)
        assert [each["content"] for each in sent["messages"]] == ["Who?", "Whom do you mean?", "She."]
        assert (sent["max_tokens"], sent["seed"], "response_format" in sent) == (9, 3, False)
        (row,) = rows(runtime)
        (left,) = row.departures
        assert (row.query, row.tier, row.constraints.privacy, left.notes) == ("She.", "edge", "own", ())
        assert (left.outcome, left.turns, left.sent_bytes) == ("answered", 1, len(body))
        # No router learns from it: it has no features.
        assert row.router_features == ()
        assert runtime.tier_states()[0].asked == 1


@pytest.mark.parametrize(
    ("trust", "privacy", "settings"),
    [
        ("own", None, PrivacySettings()),
        ("own", "local", PrivacySettings(default="any")),
        ("third", "own", PrivacySettings(default="any")),
        ("own", "any", PrivacySettings(limit="local")),
        ("third", "any", PrivacySettings(limit="own")),
    ],
)
def test_privacy_is_the_strictest_of_all(scripted, tmp_path, monkeypatch, trust, privacy, settings) -> None:
    with tiered(tmp_path, monkeypatch, edge(scripted.url, trust=trust), settings=settings) as runtime:
        with pytest.raises(ModelUnavailable, match="privacy is"):
            runtime.tier_model("edge/m", privacy)
        with pytest.raises(UsageError, match="edge/m"):
            runtime.tier_model("edge/other", "any")
    assert scripted.seen == []


def test_a_failure_is_one_error_and_in_the_log(scripted, tmp_path, monkeypatch) -> None:
    with tiered(tmp_path, monkeypatch, edge(scripted.url)) as runtime:
        scripted.scripts = [(reply(500, b""),)]
        with pytest.raises(TierFailed):
            runtime.tier_model("edge/m", "own").chat(ASK)
        (row,) = rows(runtime)
        assert (row.error, row.departures[0].outcome) == ("TierFailed", "status")


def test_a_schema_goes_only_to_a_server_that_is_known_to_keep_to_it(scripted, tmp_path, monkeypatch) -> None:
    with tiered(tmp_path, monkeypatch, edge(scripted.url)) as runtime:
        for asked in ({"json_schema": SCHEMA}, {"tools": [Tool(name="call", parameters=SCHEMA)]}):
            with pytest.raises(UsageError, match="json_schema = true"):
                runtime.tier_model("edge/m", "own").chat(ASK, **asked)
    assert scripted.seen == []


def test_a_schema_and_a_forced_call_are_asked_for_and_looked_at(scripted, tmp_path, monkeypatch) -> None:
    with tiered(tmp_path, monkeypatch, edge(scripted.url, json_schema=True)) as runtime:
        model = runtime.tier_model("edge/m", "own")
        scripted.scripts = [answer('{"name": "Ada"}')]
        assert json.loads(model.chat(ASK, json_schema=SCHEMA).text) == {"name": "Ada"}
        form = json.loads(scripted.seen[0][2])["response_format"]
        assert (form["type"], form["json_schema"]["schema"], form["json_schema"]["strict"]) == (
            "json_schema",
            SCHEMA,
            True,
        )
        call = model.chat(ASK, tools=[Tool(name="call", parameters=SCHEMA)]).tool_call
        assert call is not None
        assert (call.name, json.loads(call.arguments)) == ("call", {"name": "Ada"})
        scripted.scripts = [answer("Ada, I think")]
        with pytest.raises(TierFailed, match="did not keep"):
            model.chat(ASK, json_schema=SCHEMA)
