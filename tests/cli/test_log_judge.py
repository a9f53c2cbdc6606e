"""``log judge``: kept answers marked by a scripted model, or by a server; what the server may not see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scripted_server import ScriptedServer, reply, scripted_server

from sanderling.engines.model_pool import ModelPool
from sanderling.router.training.logged import quality_of
from sanderling.telemetry.store import TelemetryStore

JUDGE = {"when": "Reply with one digit", "say": "4"}
QUESTION = "Who repairs the feed pump?"


@pytest.fixture
def chatted(call, scripted, memory: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Ask questions in one kept conversation."""
    scripted(JUDGE)
    monkeypatch.setattr(
        "sanderling.bench_device.plain_model.ModelPool", lambda _engine, config: ModelPool("scripted", config)
    )

    def chat(*questions: str) -> None:
        found = call(
            "chat", "--model", "small", "-m", memory, "--no-server", stdin="".join(f"{q}\n" for q in questions)
        )
        assert found.code == 0, found

    return chat


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        said = {"choices": [{"message": {"content": "I give it a 2."}}]}
        running.scripts.append((reply(200, json.dumps(said).encode()),))
        yield running


def test_kept_answers_are_marked_and_the_marks_stored(call, chatted, memory: Path) -> None:
    chatted(QUESTION, "Who is the engineer?")
    assert call("ask", "Where is Narvik?", "--model", "small", "-m", memory).code == 0
    dry = call("log", "judge", "--judge-model", "small", "--dry-run", "--json").json
    assert ([each["score"] for each in dry["marks"]], dry["stored"]) == ([pytest.approx(4.0, abs=1e-6)] * 2, 0)
    found = call("log", "judge", "--judge-model", "small", "--json").json
    assert (found["judge"], found["stored"], found["agreement"]) == ("small none", 2, None)
    assert found["left_out"] == {"its text was not kept: only conversations keep them": 1}
    with TelemetryStore() as store:
        rows = list(store.rows())
    assert [(row.quality.judge_model, row.quality.score and round(row.quality.score, 3)) for row in rows] == [
        ("small none", 4.0),
        ("small none", 4.0),
        (None, None),
    ]
    assert quality_of(rows[0].quality) == pytest.approx(0.75)  # what training reads
    assert call("log").out.count("4.0 judge") == 2


def test_a_rating_of_a_person_is_compared_and_never_replaced(call, chatted, refused) -> None:
    chatted(QUESTION, "Who is the engineer?")
    assert call("log", "rate", "up").code == 0
    found = call("log", "judge", "--judge-model", "small", "--json").json
    assert [each["rated"] for each in found["marks"]] == [None, 5.0]
    assert (found["stored"], found["agreement"]["n"]) == (1, 1)
    with TelemetryStore() as store:
        assert [row.quality.judge_model for row in store.rows()] == ["small none", None]
        assert [row.quality.score for row in store.rows()][1] == 5.0
    # The marked one is not asked about again, the rated one only compared.
    again = call("log", "judge", "--judge-model", "small", "--json").json
    assert (len(again["marks"]), again["left_out"]) == (1, {"judged before: give --again": 1})
    assert len(call("log", "judge", "--judge-model", "small", "--again", "--json").json["marks"]) == 2
    text = call("log", "judge", "--judge-model", "small", "--limit", 1).out
    assert "agreement with your ratings" in text


def test_without_kept_texts_it_says_so(call, chatted, refused, memory: Path) -> None:
    refused(call("log", "judge", "--judge-model", "small"), 2, "the log is empty")
    assert call("ask", QUESTION, "--model", "small", "-m", memory).code == 0
    refused(call("log", "judge", "--judge-model", "small"), 2, "only conversations keep them")
    refused(call("log", "judge", "--judge", "nobody"), 2, "local", "address")


def test_a_server_is_asked_and_its_mark_read(call, chatted, server: ScriptedServer) -> None:
    chatted(QUESTION)
    found = call("log", "judge", "--judge", server.url, "--judge-model", "m", "--json").json
    assert [each["score"] for each in found["marks"]] == [2.0]
    ((path, headers, body),) = server.seen
    asked = json.loads(body)
    assert (path, asked["model"], "authorization" in headers) == ("/v1/chat/completions", "m", False)
    assert QUESTION in asked["messages"][0]["content"]
    assert "The feed pump is repaired by Ada Lind." in asked["messages"][0]["content"]


@pytest.mark.parametrize("rule", ["folder:NOTES", "tag:secret", "health"])
def test_a_server_never_sees_what_rests_on_a_note_that_may_not_leave(
    call, chatted, refused, server: ScriptedServer, home: Path, notes: Path, memory: Path, rule: str
) -> None:
    if not rule.startswith("folder"):
        assert call("ingest", notes, "-m", memory, "--tag", "secret", "--domain", "Health").code == 0
    chatted(QUESTION, "And what is for lunch?")
    (home / "config.toml").write_text(f'[privacy]\nnever_leave = ["{rule.replace("NOTES", str(notes))}"]\n')
    refused(call("log", "judge", "--judge", server.url), 2, "it rests on a note")
    assert server.seen == []
    # A judge on this device may.
    assert len(call("log", "judge", "--judge-model", "small", "--json").json["marks"]) == 2


def test_another_machine_needs_permission_and_sees_no_question_that_was_asked_under_local(
    call, chatted, refused
) -> None:
    chatted(QUESTION)
    judge = ("log", "judge", "--judge", "https://judge.invalid/v1")
    refused(call(*judge), 2, "--privacy any")
    refused(call(*judge, "--privacy", "own"), 2, "--privacy any")
    refused(call(*judge, "--privacy", "any"), 2, "asked under privacy local")


def test_what_is_sent_to_another_machine_is_in_the_log(
    call, chatted, server: ScriptedServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server on loopback stands for another machine."""
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('[privacy]\ndefault = "any"\n')
    chatted(QUESTION)
    monkeypatch.setattr("sanderling.bench_device.judge.permission.trust_of", lambda permit, config: "third")
    assert call("log", "judge", "--judge", server.url, "--judge-model", "m").code == 0
    lines = [json.loads(line) for line in call("log", "--left-device", "--json").out.splitlines()]
    assert [(each["tier"], each["trust"], each["model_id"], each["outcome"]) for each in lines] == [
        ("judge", "third", "m", "answered")
    ]
    assert lines[0]["notes"]
    assert lines[0]["sent_bytes"] > len(QUESTION)


def test_a_server_that_fails_is_given_up(call, chatted, refused, server: ScriptedServer) -> None:
    chatted(*(f"Who is number {number}?" for number in range(7)))
    server.scripts[:] = [(reply(500, b"{}"),)]
    refused(call("log", "judge", "--judge", server.url), 2, "gave no mark")
    assert len(server.seen) == 5
