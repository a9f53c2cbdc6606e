"""Who may call: names of this machine, pages of loopback, holders of a key; the table of gateway.md, section 1d."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx2
import pytest
from served import client, on_a_port
from starlette.testclient import TestClient

from sanderling.runtime import Runtime
from sanderling.server.settings import Settings

KEY = "sk-sanderling-right"


@pytest.fixture(scope="module")
def guarded(runtime: Runtime) -> Iterator[TestClient]:
    settings = Settings(
        keys=(KEY.encode(), b"another"),
        hosts=frozenset({"notes.lan"}),
        origins=frozenset({"https://notes.example"}),
        max_body_bytes=2000,
    )
    with client(runtime, settings) as found:
        yield found


def code(response) -> str:
    return response.json()["error"]["code"]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8737",
        "127.8.8.8",
        "localhost",
        "LOCALHOST:1",
        "[::1]",
        "[::1]:8737",
        "::1",
        "notes.lan:80",
    ],
)
def test_names_of_this_machine_are_answered(guarded: TestClient, host: str) -> None:
    if host == "::1":
        assert guarded.get("/health", headers={"host": host}).status_code == 421  # an IPv6 address has brackets
    else:
        assert guarded.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8737", "localhost.evil.example", "127.0.0.1.evil.example", "notes.lan.evil"),
        *("192.168.1.5", "0.0.0.0", "[::ffff:8.8.8.8]", "[fe80::1]", "localhost:80:80", "localhost:x", "", "[::1"),
        *("127.0.0.1, evil.example", "localhost@evil.example", "localhost/evil", "0x7f000001", "2130706433"),
    ],
)
def test_a_name_that_was_bound_to_this_machine_from_elsewhere_is_refused(guarded: TestClient, host: str) -> None:
    """DNS rebinding: the page's own name is in Host, whatever address it now has; a key does not help."""
    response = guarded.get("/v1/models", headers={"host": host, "authorization": f"Bearer {KEY}"})
    assert response.status_code == 421
    assert code(response) == "host_not_allowed"


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:3000", "http://127.0.0.1", "https://[::1]:5000", "https://notes.example", None],
)
def test_pages_of_this_machine_and_named_ones_may_call_and_are_told_so(guarded: TestClient, origin: str | None) -> None:
    headers = {"authorization": f"Bearer {KEY}"} | ({"origin": origin} if origin else {})
    response = guarded.get("/v1/models", headers=headers)
    assert response.status_code == 200
    assert response.headers.get("access-control-allow-origin") == origin


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "http://notes.example", "https://notes.example.evil", "https://notes.example:444"),
        *("null", "http://localhost.evil.example", "file://", "http://localhost@evil.example", "http://[::1"),
        *("chrome-extension://abc", "http://localhost/evil", "", "http://192.168.1.5"),
    ],
)
def test_pages_from_elsewhere_may_not(guarded: TestClient, origin: str) -> None:
    for method in ("GET", "OPTIONS"):
        response = guarded.request(
            method,
            "/v1/models",
            headers={"origin": origin, "authorization": f"Bearer {KEY}", "access-control-request-method": "GET"},
        )
        assert response.status_code == 403
        assert "access-control-allow-origin" not in response.headers


def test_a_browser_may_ask_beforehand_without_a_key(guarded: TestClient) -> None:
    ask = {
        "origin": "http://localhost:3000",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,x-stainless-os",
        "access-control-request-private-network": "true",
    }
    response = guarded.options("/v1/chat/completions", headers=ask)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert response.headers["access-control-allow-headers"] == "authorization,x-stainless-os"
    assert response.headers["access-control-allow-private-network"] == "true"
    assert guarded.post("/v1/chat/completions", headers={"origin": ask["origin"]}).status_code == 401
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {KEY}"},
        {"authorization": "bearer another"},
        {"x-api-key": KEY},
        {"api-key": KEY},
        {"authorization": "Bearer DUMMY", "api-key": KEY},
    ],
)
def test_a_key_is_taken_from_each_header_that_clients_use(guarded: TestClient, headers: dict[str, str]) -> None:
    assert guarded.get("/v1/models", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer "},
        {"authorization": KEY},
        {"authorization": f"Basic {KEY}"},
        {"authorization": f"Bearer {KEY}x"},
        {"authorization": f"Bearer {KEY[:-1]}"},
        {"x-api-key": "sk-sanderling-wr\xf6ng".encode("latin-1")},
    ],
)
def test_without_a_key_nothing_but_health_is_told(guarded: TestClient, headers: dict[str, str]) -> None:
    for path in ("/v1/models", "/v1/models/small", "/metrics", "/absent"):
        response = guarded.get(path, headers=headers)
        assert (response.status_code, code(response)) == (401, "invalid_api_key")
        assert response.headers["www-authenticate"] == "Bearer"
    for path in ("/health", "/v1/health", "/ready"):
        assert guarded.get(path, headers=headers).status_code == 200


def test_the_unix_socket_needs_neither_key_nor_name(runtime: Runtime) -> None:
    class Unix:
        def __init__(self, app) -> None:
            self.app = app

        async def __call__(self, scope, receive, send) -> None:
            if scope["type"] == "http":
                scope = {**scope, "server": ("/a/b.sock", None), "client": None}
            await self.app(scope, receive, send)

    with client(runtime, Settings(keys=(b"x",))) as found:
        found.app = Unix(found.app)
        found._transport.app = found.app
        assert found.get("/v1/models", headers={"host": "service"}).status_code == 200
        assert found.get("/v1/models", headers={"origin": "https://evil.example"}).status_code == 403


def test_where_no_key_is_set_any_is_taken(http: TestClient) -> None:
    assert http.get("/v1/models", headers={"authorization": "Bearer DUMMY_KEY"}).status_code == 200
    assert http.get("/v1/models").status_code == 200


def test_a_body_that_is_too_large_is_refused_before_it_is_read(guarded: TestClient) -> None:
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    large = b'{"messages": "' + b"x" * 2000 + b'"}'
    told = guarded.post("/v1/chat/completions", content=large, headers=headers)

    def parts() -> Iterator[bytes]:
        yield from (large[at : at + 100] for at in range(0, len(large), 100))

    untold = guarded.post("/v1/chat/completions", content=parts(), headers=headers)
    for response in (told, untold):
        assert (response.status_code, code(response)) == (413, "body_too_large")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_that_a_page_sends_without_asking_is_refused(http: TestClient, kind: str) -> None:
    body = b'{"messages": [{"role": "user", "content": "Who?"}]}'
    headers = {"content-type": kind} if kind else {}
    response = http.post("/v1/chat/completions", content=body, headers=headers)
    assert (response.status_code, code(response)) == (415, "unsupported_media_type")


def test_a_body_with_two_lengths_is_refused(guarded: TestClient) -> None:
    headers = {"authorization": f"Bearer {KEY}", "content-length": "2", "transfer-encoding": "chunked"}
    response = guarded.post("/v1/memory/search", content=b"{}", headers=headers)
    assert (response.status_code, code(response)) == (400, "invalid_http")


def test_json_may_name_its_encoding(http: TestClient) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    response = http.post("/v1/chat/completions", content=b"{x", headers=headers)
    assert (response.status_code, code(response)) == (400, "invalid_json")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_over_a_socket_a_rebound_name_a_foreign_page_and_no_key_are_refused(runtime: Runtime, host: str) -> None:
    """What a browser sends once evil.example, by its own name server or /etc/hosts, has the address of this machine."""
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with (
        on_a_port(runtime, Settings(keys=(KEY.encode(),)), host=host) as served,
        httpx2.Client(base_url=served.url, headers={"authorization": f"Bearer {KEY}"}) as http,
    ):
        assert http.get("/v1/models").status_code == 200
        assert http.get("/v1/models", headers={"authorization": ""}).status_code == 401
        for name in ("evil.example", f"evil.example:{served.port}", f"127.0.0.1.evil.example:{served.port}"):
            response = http.get("/v1/models", headers={"host": name})
            assert (response.status_code, code(response)) == (421, "host_not_allowed")
        for origin in ("https://evil.example", f"http://evil.example:{served.port}", "null"):
            response = http.post("/v1/chat/completions", json={}, headers={"origin": origin})
            assert (response.status_code, code(response)) == (403, "origin_not_allowed")
            assert "access-control-allow-origin" not in response.headers
        # Another program of this machine, whatever its port.
        assert http.get("/v1/models", headers={"origin": "http://[::1]:3000"}).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [{"x-forwarded-for": "192.0.2.7"}, {"forwarded": "for=192.0.2.7"}, {"via": "1.1 caddy"}, {"host": "notes.lan"}],
)
def test_what_a_proxy_passes_on_is_not_of_this_machine(runtime: Runtime, sent: dict[str, str]) -> None:
    settings = Settings(hosts=frozenset({"notes.lan"}))
    with client(runtime, settings, client=("127.0.0.1", 5)) as http:
        here = http.post("/v1/memory/ingest", json={"paths": ["/does/not/exist"]})
        assert (here.status_code, code(here)) == (400, "invalid_value")
        passed_on = http.post("/v1/memory/ingest", json={"paths": ["/does/not/exist"]}, headers=sent)
        assert (passed_on.status_code, code(passed_on)) == (403, "not_local")
