from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sanderling.server import connection
from sanderling.server.connection import Seldom
from sanderling.server.http_server import HttpServer

HEAD = b"POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 5\r\n\r\n"
SOON_S = 0.2


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    body, message = b"", {"more_body": True}
    while scope["path"] != "/refused" and message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    if scope["path"] == "/large":
        body = bytes(50_000_000)
    length = str(len(body) + (scope["path"] == "/large")).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    if scope["path"] == "/large":
        await send({"type": "http.response.body", "body": body, "more_body": True})
        body = b"."
    await send({"type": "http.response.body", "body": body})


class Listening:
    """A server, and clients that connect to it."""

    def __init__(
        self, tcp: socket.socket, unix: socket.socket, server: HttpServer, opened: contextlib.ExitStack
    ) -> None:
        self.tcp, self.unix, self.server, self._opened = tcp, unix, server, opened

    def connect(self, to: socket.socket | None = None) -> socket.socket:
        to = to or self.tcp
        client = self._opened.enter_context(socket.socket(to.family, socket.SOCK_STREAM))
        client.settimeout(10)
        client.connect(to.getsockname())
        return client

    @property
    def open(self) -> int:
        return len(self.server.server_state.connections)


@pytest.fixture
def listening(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    monkeypatch.setattr(connection, "no_room", Seldom())
    monkeypatch.setattr("sanderling.server.http_server.raise_file_limit", lambda: None)
    begun = threading.Event()
    with contextlib.ExitStack() as opened:
        tcp = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        unix = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        unix.bind(str(tmp_path / "s.sock"))
        unix.listen()
        server = HttpServer(_echo, idle_s=lambda: 0.0, idle_exit_s=None, started=begun.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [tcp, unix]})
        thread.start()
        assert begun.wait(20)
        try:
            yield Listening(tcp, unix, server, opened)
        finally:
            server.should_exit = True
            thread.join(20)


def _rest(client: socket.socket) -> bytes:
    """Return everything until the server closes the connection."""
    found = b""
    try:
        while more := client.recv(65536):
            found += more
    except ConnectionResetError:
        pass
    return found


def _ask(client: socket.socket) -> bytes:
    client.sendall(HEAD + b"hello")
    found = b""
    while not found.endswith(b"hello"):
        more = client.recv(65536)
        assert more, found
        found += more
    return found


@pytest.mark.parametrize("sent", [b"POST / HT", HEAD[:-2], HEAD + b"he"], ids=["line", "head", "body"])
def test_what_comes_too_slowly_is_refused(listening: Listening, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    for name in ("HEAD_S", "BODY_S"):
        monkeypatch.setattr(connection, name, SOON_S)
    client = listening.connect()
    client.sendall(sent)
    found = _rest(client)
    assert found.startswith(b"HTTP/1.1 408 ") and b'"code":"request_timeout"' in found


def test_bytes_one_by_one_do_not_prolong_the_time(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_S", SOON_S)
    client = listening.connect()
    client.settimeout(SOON_S / 10)
    for _ in range(1000):
        with contextlib.suppress(TimeoutError):
            try:
                client.sendall(b"x")
                if (found := client.recv(100)) is not None:
                    assert not found or found.startswith(b"HTTP/1.1 408 ")
                    return
            except ConnectionError:
                return
    raise AssertionError("the connection is still open")


def test_later_requests_have_the_same_time(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_S", SOON_S)
    client = listening.connect()
    _ask(client)
    _ask(client)
    client.sendall(b"POST /")
    assert _rest(client).startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_never_asks_is_closed_in_silence(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_S", SOON_S)
    assert _rest(listening.connect()) == b""


def test_a_body_that_nobody_reads_is_not_waited_for(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "UNREAD_S", SOON_S)
    client = listening.connect()
    client.sendall(HEAD.replace(b"/ ", b"/refused "))
    assert _rest(client).startswith(b"HTTP/1.1 200 ")


def test_a_body_behind_its_answer_leaves_the_connection_clean(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client whose key is wrong may send its body after that was said; nothing is written before it asks again."""
    monkeypatch.setattr(connection, "UNREAD_S", 3600.0)
    client = listening.connect()
    client.sendall(HEAD.replace(b"/ ", b"/refused "))
    assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    client.sendall(b"hello")
    assert _ask(client).startswith(b"HTTP/1.1 200 ")
    monkeypatch.setattr(connection, "HEAD_S", SOON_S)
    client.sendall(HEAD.replace(b"/ ", b"/refused "))
    assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    client.sendall(b"hello")
    assert _rest(client) == b""


def test_a_request_with_two_lengths_is_the_last_of_its_connection(listening: Listening) -> None:
    client = listening.connect()
    client.sendall(HEAD[:-2] + b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n" + HEAD + b"hello")
    assert _rest(client).count(b"HTTP/1.1 200") == 1


def test_a_client_that_does_not_read_is_left(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "STALLED_S", SOON_S)
    client = listening.connect()
    client.sendall(HEAD.replace(b"/ ", b"/large ") + b"hello")
    other = listening.connect()
    for _ in range(200):
        if listening.open == 1:
            break
        threading.Event().wait(0.05)
        _ask(other)
    assert listening.open == 1
    assert len(_rest(client)) < 50_000_000


def test_idle_connections_make_room_for_new_ones(
    listening: Listening, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connection, "MOST_TCP", 4)
    own = listening.connect()
    _ask(own)
    with caplog.at_level(logging.WARNING):
        strangers = [listening.connect() for _ in range(40)]
        _ask(listening.connect())
    assert listening.open <= 4
    _ask(own)  # those that asked stay longer than those that never did
    assert _rest(strangers[0]) == b""
    assert len(caplog.records) == 1 and "4 connections are open" in caplog.text


def test_where_all_are_busy_a_new_one_is_told_so_and_the_unix_socket_has_room(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MOST_TCP", 2)
    busy = [listening.connect() for _ in range(2)]
    for client in busy:
        client.sendall(b"POST / HTTP/1.1\r\nexpect: 100-continue\r\n" + HEAD.partition(b"\r\n")[2])
        assert client.recv(100).startswith(b"HTTP/1.1 100")
    found = _rest(listening.connect())
    assert found.startswith(b"HTTP/1.1 503 ") and b"x-should-retry: true" in found
    _ask(listening.connect(listening.unix))
    for client in busy:
        client.close()


def test_what_is_no_http_is_refused_as_json_and_not_logged(
    listening: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "sanderling"):
        for sent in (
            b"\x16\x03\x01\r\n\r\n",
            HEAD.replace(b"5\r", b"5\r\ncontent-length: 6\r"),
            b"GET / HTTP/1.1\r\n\r\n",
        ):
            client = listening.connect()
            client.sendall(sent)
            found = _rest(client)
            assert found.startswith(b"HTTP/1.1 400 ") and b'"code":"invalid_http"' in found
        client = listening.connect()
        client.sendall(b"POST /refused HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        client.sendall(b"no chunk\r\n\r\n")
        _rest(client)
    assert not caplog.records


def test_files_are_shared_out_between_the_ports_and_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda which: (256, 256))
    assert (connection.most_connections(unix=False), connection.most_connections(unix=True)) == (128, 32)
