from __future__ import annotations

import socket

import pytest

from sanderling.errors import UsageError
from sanderling.server import tcp
from sanderling.server.settings import Settings


def test_loopback_needs_no_key_and_a_used_port_is_named() -> None:
    with tcp.listen("127.0.0.1", 0, Settings()) as listener:
        port = listener.getsockname()[1]
        assert tcp.url_of(listener) == f"http://127.0.0.1:{port}"
        with pytest.raises(UsageError, match=f"port {port} .*--port"):
            tcp.listen("127.0.0.1", port, Settings())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_another_address_without_a_key_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="other machines: leave out --no-key"):
        tcp.listen(host, 0, Settings())


def test_with_a_key_any_address_of_this_machine_can_be_had() -> None:
    with tcp.listen("0.0.0.0", 0, Settings(keys=(b"k",))) as listener:
        assert tcp.url_of(listener).startswith("http://0.0.0.0:")


def test_an_address_of_another_machine_is_no_busy_port() -> None:
    with pytest.raises(UsageError, match=r"--host 192\.0\.2\.1: .* of this machine"):
        tcp.listen("192.0.2.1", 0, Settings(keys=(b"k",)))


def test_replies_are_sent_at_once() -> None:
    """asyncio turns Nagle's algorithm off for sockets that name their protocol."""
    with tcp.listen("127.0.0.1", 0, Settings()) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(UsageError, match="--host"):
        tcp.listen("256.1.1.1.invalid", 0, Settings())
