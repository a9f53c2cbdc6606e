from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from scripted_server import DONE, STREAM, ScriptedServer, answer, event, reply, scripted_server

from sanderling.egress import Permit
from sanderling.errors import TierFailed
from sanderling.remote.http import Server, _data, reason_of
from sanderling.request.handle import Handle


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


def asked(server: ScriptedServer, handle: Handle | None = None, **timeouts: float) -> list[object]:
    return list(Server(server.url, **timeouts).events("/x", {"a": 1}, Permit.of_url(server.url), handle))


def test_events_are_decoded_and_the_request_holds_nothing_of_the_environment(scripted, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    scripted.scripts = [(STREAM, b': alive\n\nevent: x\ndata: {"a"', b': "\xe2\x80\xa8"}\r\n\r\n', DONE)]
    found = list(Server(scripted.url, key="k").events("/x", {"a": "ü"}, Permit.of_url(scripted.url)))
    assert found == [{"a": "\u2028"}]
    ((path, headers, body),) = scripted.seen
    assert (path, headers["authorization"], body) == ("/v1/x", "Bearer k", '{"a":"ü"}'.encode())
    assert "cookie" not in headers


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        ((reply(401, b'{"error": "Unauthorized"}'),), "key", "Unauthorized"),
        ((reply(429, b'{"error": {"message": "slow\\u001b[31m down"}}'),), "busy", "slow [31m down"),
        ((reply(503, b'{"error": {"message": "Loading model"}}'),), "busy", "Loading model"),
        ((reply(404, b'{"detail": "Not Found"}'),), "request", "Not Found"),
        ((reply(500, b"oops"),), "status", "500"),
        ((reply(302, b"", "location: http://127.0.0.1:9/"),), "request", "302"),
        ((reply(200, b"{}"),), "broken", "instead of a stream"),
        ((STREAM, b'data: {"a": \n\n'), "broken", "not JSON"),
        ((STREAM, event(a=1), None), "broken", "connection"),
        ((b"SSH-2.0\r\n\r\n",), "broken", "connection"),
        ((None,), "broken", "connection"),
        ((STREAM, b"data: " + b"x" * (5 << 20)), "broken", "longer"),
    ],
)
def test_each_failure_has_its_kind(scripted, script, kind: str, words: str) -> None:
    scripted.scripts = [script]
    with pytest.raises(TierFailed, match=r".*") as failed:
        asked(scripted)
    assert failed.value.kind == kind
    assert words in str(failed.value)
    assert "\x1b" not in str(failed.value)
    assert len(scripted.seen) == 1, "no redirect is followed and nothing is sent twice"


def test_a_closed_port_and_an_unknown_host_are_refused() -> None:
    for url in ("http://127.0.0.1:9/v1", "http://nowhere.invalid/v1"):
        with pytest.raises(TierFailed) as failed:
            Server(url).get("/models", Permit.of_url(url))
        assert failed.value.kind == "refused"


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ((5.0,), "silent"),
        ((STREAM, *[b": alive\n\n", 0.05] * 100), "silent"),
        ((STREAM, event(a=1), *[b": alive\n\n", 0.05] * 100), "stalled"),
    ],
)
def test_a_server_that_keeps_a_connection_open_is_left_in_time(scripted, script, kind: str) -> None:
    scripted.scripts = [script]
    began = time.monotonic()
    with pytest.raises(TierFailed) as failed:
        asked(scripted, connect_timeout_s=0.3, first_timeout_s=0.2, stall_timeout_s=0.3)
    assert failed.value.kind == kind
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("begun", [False, True])
def test_a_cancelled_question_leaves_at_once(scripted, begun: bool) -> None:
    scripted.scripts = [(STREAM, *([event(a=1)] if begun else []), 30.0)]
    handle = Handle()
    threading.Timer(0.2, handle.cancel).start()
    assert asked(scripted, handle) == ([{"a": 1}] if begun else [])


def test_lines_end_as_the_format_says() -> None:
    chunks = [b"data: 1\r", b"\n\r\ndata:2\n\ndata: 3\ndata: 4\n\nid: 9\n\ndata: 5"]
    assert list(_data(iter(chunks))) == [b"1", b"2", b"3\n4", b"5"]


def test_words_of_errors_are_found_in_each_form() -> None:
    assert reason_of({"error": {"message": "a\nb"}}) == "a b"
    assert reason_of({"error": "c"}) == "c"
    assert reason_of({"detail": "d"}) == "d"
    assert reason_of({"error": {"message": 1}}) == reason_of([]) == ""


def test_a_proxy_is_the_only_host_that_is_connected_to_and_reads_what_is_not_encrypted(scripted, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    scripted.scripts = [(STREAM, event(a=1), DONE)]
    proxy = scripted.url.removesuffix("/v1")
    # The tier's name is looked up by the proxy: here it would not be found.
    there = Server("http://edge.invalid:8000/v1", key="k", proxy=proxy)
    assert list(there.events("/x", {"a": "canary"}, Permit("edge.invalid", 8000))) == [{"a": 1}]
    ((path, headers, body),) = scripted.seen
    assert (path, headers["host"]) == ("http://edge.invalid:8000/v1/x", "edge.invalid:8000")
    assert b"canary" in body


def test_a_proxy_of_an_encrypted_tier_learns_its_host_alone(scripted) -> None:
    there = Server("https://edge.invalid/v1", key="secret", proxy=scripted.url.removesuffix("/v1"))
    scripted.scripts = [(reply(403, b""),)]
    with pytest.raises(TierFailed, match="proxy does not let us through") as failed:
        there.post("/x", {"a": "canary"}, Permit("edge.invalid", 443))
    assert failed.value.kind == "refused"
    ((path, headers, body),) = scripted.seen
    assert (path, body) == ("edge.invalid:443", b"")
    assert "authorization" not in headers
    # A proxy that answers in the tier's place has no certificate of it.
    scripted.scripts = [(b"HTTP/1.1 200 OK\r\n\r\n", *answer("canary"))]
    with pytest.raises(TierFailed) as failed:
        there.post("/x", {"a": "canary"}, Permit("edge.invalid", 443))
    assert "canary" not in str(scripted.seen)


def test_a_proxy_that_says_nothing_is_left_in_time_and_one_that_is_not_there_is_refused(scripted) -> None:
    scripted.scripts = [(5.0,)]
    for proxy, kind in ((scripted.url.removesuffix("/v1"), "silent"), ("http://127.0.0.1:9", "refused")):
        there = Server("https://edge.invalid/v1", proxy=proxy, connect_timeout_s=0.1, first_timeout_s=0.2)
        began = time.monotonic()
        with pytest.raises(TierFailed) as failed:
            there.get("/models", Permit("edge.invalid", 443))
        assert failed.value.kind == kind
        assert time.monotonic() - began < 3
