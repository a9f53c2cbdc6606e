"""The TCP socket of a service."""

from __future__ import annotations

import errno
import ipaddress
import socket

from ..egress import Permit, permitted
from ..errors import UsageError
from .settings import Settings


def listen(host: str, port: int, settings: Settings) -> socket.socket:
    """Return a listening socket. ``port``: 0 for any free port.

    Raises UsageError for an address beyond loopback without a key, and for one that cannot be had.
    """
    try:
        with permitted(Permit(host, port, "the address to listen at")):
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise UsageError(f"--host {host}: {error.strerror}: give an address of this machine") from error
    family, _, _, _, where = found[0]
    if not ipaddress.ip_address(str(where[0]).partition("%")[0]).is_loopback and not settings.keys:
        raise UsageError(f"--host {host} is reached from other machines: leave out --no-key")
    # The protocol is named, because asyncio turns Nagle's algorithm off only where it is: a reply, written as head and
    # body, would else wait 40 ms for the client's acknowledgement of the head.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise UsageError(f"--host {host}: {error.strerror}: give an address of this machine") from error
        raise UsageError(f"port {port} of {host} cannot be used ({error.strerror}): choose another --port") from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL at which clients reach a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"
