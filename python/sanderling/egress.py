"""Refuses network connections of this process that no permit allows.

The command line, the service and the workers call :func:`guard` when they start. ``import sanderling`` does not: what a
host program does with the network is its own business. The guard is an audit hook, so it sees what Python code connects
to, whichever library asks. It does not see sockets that compiled libraries open by themselves: the workers' missing
network (:mod:`sanderling.engines.isolation`) and ``tests/privacy`` answer for those.

Deny is the default and a permit the exception, because a new thread does not inherit the context of its starter.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, NamedTuple

GUARDED = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")
"""Audit events of calls through which data or a host name can leave."""


class Permit(NamedTuple):
    """Permission to connect to one host and port."""

    host: str
    port: int
    why: str = ""
    """What gave the permit, for readers of a debugger."""

    @classmethod
    def of_url(cls, url: str, why: str = "") -> Permit:
        """Return a permit for the host and port of ``url``. Raises ValueError if it names none."""
        from urllib.parse import urlsplit

        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url} is no address that begins with http:// or https://")
        return cls(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), why)


class Refused(PermissionError):
    """Raised for a connection that no permit allows.

    It is an OSError, so that every library treats it as a failed connection.
    """


ANYWHERE = Permit("", 0, "a download")
"""Permit for any host, needed because the hub redirects downloads to other hosts."""

_held: ContextVar[Permit | None] = ContextVar("permit", default=None)


@cache
def guard() -> None:
    """Refuse all connections that no permit allows, until this process ends. A second call changes nothing."""
    sys.addaudithook(_hook)


@contextmanager
def permitted(permit: Permit) -> Iterator[None]:
    """Allow this thread the connections of ``permit`` inside the ``with`` block."""
    token = _held.set(permit)
    try:
        yield
    finally:
        _held.reset(token)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event not in GUARDED:
        return
    permit = _held.get()
    if not _allowed(event, args, permit):
        where = args[0] if event.startswith("socket.get") else args[-1]
        raise Refused(f"no permit to connect to {where!r:.100}: see docs/tiers.md")


def _allowed(event: str, args: tuple[Any, ...], permit: Permit | None) -> bool:
    if event.startswith("socket.get"):
        host = args[0].decode("ascii", "replace") if isinstance(args[0], bytes) else args[0]
        # A number is not looked up, and every system knows its own name for itself.
        if host in (None, "", "localhost") or _numeric(host):
            return True
        return permit is not None and permit.host in ("", host)
    socket, address = args[0], args[1]
    if not isinstance(address, tuple):
        return _stays_here(socket)
    if permit is None or permit.port not in (0, address[1]):
        return False
    # A name's addresses are not known here; of a number there is one.
    return not _numeric(permit.host) or _bare(permit.host) == _bare(address[0])


def _stays_here(socket: Any) -> bool:
    """Return whether a socket without an internet address reaches only this machine."""
    import socket as module

    local = {module.AF_UNIX, getattr(module, "AF_NETLINK", module.AF_UNIX)}
    # A connected socket may be written to without an address: its connection has been allowed.
    return socket.family in local or getattr(socket, "type", None) == module.SOCK_STREAM


def _numeric(host: str) -> bool:
    import ipaddress  # here, because most commands never need it and every start would pay for it

    try:
        ipaddress.ip_address(_bare(host))
    except ValueError:
        return False
    return True


def _bare(host: str) -> str:
    """Return an address without the zone of a link-local one."""
    return host.partition("%")[0]
