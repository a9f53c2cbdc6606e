"""Checks every request before any handler sees it.

The order is Host (421), Origin (403), key (401), size (413) and type (415) of the body.

- A page that a browser loaded from elsewhere may call an address of this machine. Its name for us is in Host, so a name
  that was bound to 127.0.0.1 only after the page was loaded (DNS rebinding) is refused; the page's own is in Origin.
- Other users of this machine reach the port too. They have no key, and the Unix socket is closed to them.
- A page can send a POST without asking first (a "simple" one), but not one of type application/json.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import keys
from .refusal import Refusal, Refused
from .settings import Settings

CALLER = "sanderling.caller"
"""Key of the :class:`Caller` in the ASGI scope.

:class:`Protection` stores it.
"""


class Caller:
    """The sender of a request."""

    def __init__(self, key: str, address: str, *, local: bool) -> None:
        """``key``: a name for the request's key; empty: none. ``local``: whether a program here sent it for itself."""
        self.key, self.address, self.local = key, address, local

    def client(self, user: str | None) -> str:
        """Return the name under which the queue keeps this client's requests.

        The key's name; without a key the address and the ``user`` field.
        """
        return self.key or f"{self.address} {user or ''}"


class Protection:
    """ASGI middleware that forwards only permitted requests."""

    def __init__(self, app: ASGIApp, settings: Settings, open_paths: Callable[[str], bool]) -> None:
        """``open_paths``: returns whether a path may be read without a key."""
        self._app, self._settings, self._open = app, settings, open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or forward it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        refusal = self._refusal(scope, headers, origin)
        allowed = origin if origin is not None and self._may_call(origin, headers) else None

        async def with_origin(message: Message) -> None:
            if message["type"] == "http.response.start" and allowed is not None:
                message["headers"] = [*message.get("headers", ()), *_cors(allowed)]
            await send(message)

        if refusal is None and _is_preflight(scope, headers):
            await with_origin({"type": "http.response.start", "status": 204, "headers": _preflight(headers)})
            await with_origin({"type": "http.response.body", "body": b""})
            return
        if refusal is not None:
            await refusal.response()(scope, receive, with_origin)
            return
        await self._limited(scope, receive, with_origin)

    def _refusal(self, scope: Scope, headers: Headers, origin: str | None) -> Refusal | None:
        unix = (scope.get("server") or ("", 0))[1] is None
        hosts = headers.getlist("host")
        if not unix and (len(hosts) != 1 or not self._known_host(hosts[0])):
            return Refusal(421, "host_not_allowed", _HOST.format(", ".join(hosts)[:200] or "nothing"))
        if two_lengths(headers.raw):
            return Refusal(
                400, "invalid_http", "a body has either content-length or transfer-encoding: send one of them"
            )
        if origin is not None and not self._may_call(origin, headers):
            return Refusal(403, "origin_not_allowed", _ORIGIN.format(origin[:200]))
        if _is_preflight(scope, headers):  # a browser asks without a key whether its page may send one
            return None
        return self._without_key(scope, headers, unix) or self._bad_body(scope, headers)

    def _without_key(self, scope: Scope, headers: Headers, unix: bool) -> Refusal | None:
        """Store a :class:`Caller` in the scope, or return a refusal.

        A refusal is returned if a required key is missing.
        """
        address = "unix" if unix else (scope.get("client") or ("", 0))[0]
        name = "" if unix else keys.matches(_shown(headers), self._settings.keys)
        if not (name or unix or not self._settings.keys or self._open(scope["path"])):
            return Refusal(401, "invalid_api_key", _KEY)
        scope[CALLER] = Caller(name, address, local=unix or (_is_loopback(address) and not self._forwarded(headers)))
        return None

    def _forwarded(self, headers: Headers) -> bool:
        """Whether a proxy of this machine seems to ask for somebody else."""
        named = host_name(headers.get("host", "")) in self._settings.hosts
        return named or any(name in headers for name in _FORWARDED)

    def _bad_body(self, scope: Scope, headers: Headers) -> Refusal | None:
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:20]) > self._settings.max_body_bytes:
            return self._too_large().refusal
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["method"] == "POST" and kind != "application/json":
            return Refusal(415, "unsupported_media_type", "send JSON, with the header  content-type: application/json")
        return None

    def _known_host(self, host: str) -> bool:
        name = host_name(host)
        return name is not None and (_is_loopback(name) or name == "localhost" or name in self._settings.hosts)

    def _may_call(self, origin: str, headers: Headers) -> bool:
        if origin in self._settings.origins:
            return True
        own = headers.get("host", "")  # it was looked at before: only names of ours come here
        if own and self._known_host(own) and origin in (f"http://{own}", f"https://{own}"):
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or f"{parts.scheme}://{parts.netloc}" != origin:
            return False
        name = host_name(parts.netloc)
        return name is not None and (_is_loopback(name) or name == "localhost")

    def _too_large(self) -> Refused:
        return Refused(413, "body_too_large", f"the body has more than {self._settings.max_body_bytes:,} bytes")

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request, and refuse a body above the size limit.

        The body is counted as it arrives, since a client need not announce its length.
        """
        left, began = self._settings.max_body_bytes, False

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            if message["type"] == "http.request":
                left -= len(message.get("body", b""))
                if left < 0:
                    raise self._too_large()  # into the handler, which reads the body
            return message

        async def told(message: Message) -> None:
            nonlocal began
            began = began or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, counted, told)
        except Refused as error:  # of an application that is mounted here, and has no handler of ours
            if not began:
                await error.refusal.response()(scope, receive, send)


def two_lengths(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a request has both length headers, ``content-length`` and ``transfer-encoding``."""
    names = {name for name, _ in headers}
    return b"content-length" in names and b"transfer-encoding" in names


_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_HOST = "this service is not called {}: start it with --allow-host NAME, or use 127.0.0.1"
_ORIGIN = "pages of {} may not call this service: start it with --allow-origin ORIGIN"
_KEY = "no key, or a wrong one: send  authorization: Bearer KEY  (`sanderling serve` says where its key is)"

_EXPOSED = (
    *("x-request-id", "x-sanderling-model", "x-sanderling-path", "x-sanderling-tier", "x-sanderling-left-device"),
    "x-sanderling-conversation",
    *("retry-after", "x-should-retry"),
)


def _preflight(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return the CORS preflight headers for a page from an allowed origin.

    They permit any header names that the page asks for.
    """
    wanted = headers.get("access-control-request-headers", "")
    found = [
        (b"access-control-allow-methods", b"GET, POST, DELETE"),
        (b"access-control-allow-headers", wanted.encode("latin-1")),
        (b"access-control-max-age", b"600"),
    ]
    if headers.get("access-control-request-private-network") == "true":
        found.append((b"access-control-allow-private-network", b"true"))
    return found


def _cors(origin: str) -> list[tuple[bytes, bytes]]:
    exposed = ", ".join(_EXPOSED).encode()
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-expose-headers", exposed),
        (b"vary", b"origin"),
    ]


def _is_preflight(scope: Scope, headers: Headers) -> bool:
    return bool(scope["method"] == "OPTIONS") and "access-control-request-method" in headers


def _shown(headers: Headers) -> list[bytes]:
    """Return the API keys in a request's headers."""
    found = [headers.get("x-api-key", ""), headers.get("api-key", "")]
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found.append(token.strip())
    return [key.encode("latin-1") for key in found if key]


def host_name(host: str) -> str | None:
    """Return ``host`` without port and brackets; None if it is malformed."""
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        if not bracket or (port and not (port[:1] == ":" and _is_port(port[1:]))):
            return None
        return name.lower()
    name, colon, port = host.partition(":")
    if not name or (colon and not _is_port(port)):
        return None
    return name.lower()


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
