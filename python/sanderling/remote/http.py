"""Sends HTTP requests to one server, and decodes JSON or event streams.

This is the only module that imports an HTTP client for answers (``tests/privacy`` holds that); the downloads of
:mod:`sanderling.models.download` have their own. It follows no redirect, keeps no cookie and no connection, and reads
neither proxies nor keys from the environment. Each request takes a permit for its connection.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from ..egress import Permit, permitted
from ..errors import MissingExtra, TierFailed
from ..request.handle import Handle
from .watchdog import Watchdog

if TYPE_CHECKING:
    import httpx2

MAX_EVENT_BYTES = 4 << 20
"""Maximum length of an event or a reply, in bytes. A longer one is a failure."""
MAX_SAID = 200
"""Maximum number of characters quoted from a server's error."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Server:
    """An HTTP server, named by its base address. Any number of threads may use it."""

    def __init__(
        self,
        base_url: str,
        *,
        key: str = "",
        connect_timeout_s: float = 2.0,
        first_timeout_s: float = 20.0,
        stall_timeout_s: float = 30.0,
        proxy: str = "",
    ) -> None:
        """``base_url``: address of the server; a trailing ``/`` is dropped.

        ``key``: sent as a bearer token; empty: none is sent.

        ``proxy``: address of the HTTP proxy through which all goes, and the only host that is then connected to; empty:
        none, whatever the environment says.

        ``connect_timeout_s``: to find the host and to connect. ``first_timeout_s``: from then to the first event, or to
        the whole reply that is no stream. ``stall_timeout_s``: between two events.
        """
        self.base_url, self._key = base_url.rstrip("/"), key
        self._connect_s, self._first_s, self._stall_s = connect_timeout_s, first_timeout_s, stall_timeout_s
        parts = urlsplit(self.base_url)
        self._proxy, self._secure = proxy or None, parts.scheme == "https"
        self._host = urlsplit(proxy or self.base_url).hostname or ""
        self.place = parts.netloc.rpartition("@")[2]
        """Host and port of the server, for messages."""
        self._tls: Any = None

    def get(self, path: str, permit: Permit) -> Any:
        """Send a GET, and return the decoded reply; None for an empty reply. Raises TierFailed, MissingExtra."""
        return self._whole("GET", self.base_url + path, None, permit)

    def look(self, path: str, permit: Permit) -> None:
        """Send a GET to a path that starts at the host's root, and leave the reply unread.

        Raises TierFailed unless the status is 200, MissingExtra.
        """
        parts = urlsplit(self.base_url)
        with self._answered("GET", f"{parts.scheme}://{parts.netloc}{path}", None, permit, Watchdog(), None):
            pass

    def post(self, path: str, body: Mapping[str, Any], permit: Permit) -> Any:
        """Post ``body``, and return the decoded reply. Raises TierFailed, MissingExtra."""
        return self._whole("POST", self.base_url + path, _encode(body), permit)

    def events(self, path: str, body: Mapping[str, Any], permit: Permit, handle: Handle | None = None) -> Iterator[Any]:
        """Post ``body``, and yield the decoded data of each server-sent event.

        Up to ``[DONE]`` or the stream's end. The stream ends silently when ``handle`` is cancelled. Raises TierFailed,
        MissingExtra.
        """
        dog, content = Watchdog(), _encode(body)
        with self._answered("POST", self.base_url + path, content, permit, dog, handle) as response:
            kind = response.headers.get("content-type", "").partition(";")[0].strip()
            if kind != "text/event-stream":
                raise TierFailed(f"{self.place} sent {kind[:40] or 'no type'} instead of a stream", "broken")
            for data in _data(response.iter_raw()):
                if data == b"[DONE]":
                    return
                dog.expect("stall", self._stall_s)
                yield self._decoded(data)

    def _whole(self, method: str, url: str, content: bytes | None, permit: Permit) -> Any:
        dog = Watchdog()
        with self._answered(method, url, content, permit, dog, None) as response:
            data = bytearray()
            for chunk in response.iter_raw():
                data += chunk
                if len(data) > MAX_EVENT_BYTES:
                    raise TierFailed(f"{self.place} sent more than {MAX_EVENT_BYTES >> 20} MiB", "broken")
            return self._decoded(bytes(data)) if data.strip() else None

    def _decoded(self, data: bytes) -> Any:
        try:
            return _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise TierFailed(f"{self.place} sent what is not JSON ({error})", "broken") from error

    @contextmanager
    def _answered(
        self,
        method: str,
        url: str,
        content: bytes | None,
        permit: Permit,
        dog: Watchdog,
        handle: Handle | None,
    ) -> Iterator[httpx2.Response]:
        """Send a request, and yield its successful response.

        Every failure, and every status but 200, becomes TierFailed.
        """
        library = _library()
        headers = {"accept-encoding": "identity", "user-agent": "sanderling"}
        if content is not None:
            headers["content-type"] = "application/json"
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        timeout = library.Timeout(connect=self._connect_s, read=None, write=self._stall_s, pool=None)
        ended = nullcontext() if handle is None else handle.ends_by(dog.shut)
        if self._proxy:
            permit = Permit.of_url(self._proxy, permit.why)
        try:
            # The permit is held while connecting only: what runs while the reply is read has none.
            with permitted(permit):
                self._find_host()
            with (
                library.Client(
                    trust_env=False, follow_redirects=False, timeout=timeout, verify=self._trust(), proxy=self._proxy
                ) as http,
                ended,
            ):
                dog.expect("first", self._connect_s + self._first_s)
                request = http.build_request(
                    method, url, content=content, headers=headers, extensions={"trace": dog.trace}
                )
                with permitted(permit):
                    try:
                        response = http.send(request, stream=True)
                    except library.ConnectError:  # once more, as for a server that is just being restarted
                        response = http.send(request, stream=True)
                try:
                    if response.status_code != 200:
                        raise self._refusal(response)
                    yield response
                    if dog.late:  # a socket that was shut looks like a stream that ended
                        raise self._failure(OSError(dog.late), dog)
                finally:
                    response.close()
        except TierFailed:
            if not (handle and handle.cancelled):
                raise
        except (library.HTTPError, library.InvalidURL, OSError) as error:
            if not (handle and handle.cancelled):
                raise self._failure(error, dog) from error
        finally:
            dog.end()

    def _trust(self) -> Any:
        """Return the TLS context that checks certificates; False without TLS.

        It is made once, because that reads hundreds of certificates.
        """
        if self._secure and self._tls is None:
            self._tls = _library().create_ssl_context()
        return self._tls if self._secure else False

    def _find_host(self) -> None:
        """Look up the host's name within the connect timeout. No client's timeout covers it."""
        import socket

        failed: list[OSError] = []

        def look() -> None:
            try:
                socket.getaddrinfo(self._host, None)
            except OSError as error:
                failed.append(error)
            except UnicodeError as error:
                failed.append(OSError(str(error)))

        # With this thread's permit, which a new thread does not have by itself.
        looking = threading.Thread(target=copy_context().run, args=(look,), daemon=True)
        looking.start()
        looking.join(self._connect_s)
        if failed or looking.is_alive():
            why = failed[0] if failed else f"not found within {self._connect_s:g} s"
            what = f"the proxy {self._host}" if self._proxy else self.place
            raise TierFailed(f"{what} is not to be found ({why})", "refused")

    def _failure(self, error: Exception, dog: Watchdog) -> TierFailed:
        library = _library()
        if dog.late == "first":
            return TierFailed(f"{self.place} said nothing for {self._first_s:g} s", "silent")
        if dog.late == "stall":
            return TierFailed(f"{self.place} fell silent for {self._stall_s:g} s", "stalled")
        if isinstance(error, library.ProxyError):
            return TierFailed(f"the proxy does not let us through to {self.place} ({_line(error)})", "refused")
        if isinstance(error, (library.ConnectError, library.ConnectTimeout)):
            return TierFailed(f"{self.place} cannot be reached ({_line(error)})", "refused")
        return TierFailed(f"{self.place} broke the connection off ({_line(error)})", "broken")

    def _refusal(self, response: httpx2.Response) -> TierFailed:
        """Return the error for a reply whose status is not 200. It has the server's own words if there are any."""
        data = bytearray()
        for chunk in response.iter_raw():
            data += chunk
            if len(data) > MAX_EVENT_BYTES:
                break
        try:
            said = reason_of(_decode(bytes(data)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            said = ""
        status = response.status_code
        words = f": {said}" if said else ""
        if status in (401, 403):
            return TierFailed(f"{self.place} does not take our key ({status}{words})", "key")
        if status in (429, 503):
            return TierFailed(f"{self.place} has no room now ({status}{words})", "busy")
        if 300 <= status < 500:
            return TierFailed(f"{self.place} does not take the request ({status}{words})", "request")
        return TierFailed(f"{self.place} failed ({status}{words})", "status")


def reason_of(reply: object) -> str:
    """Return the message of a server's error reply, in one short line.

    Empty if there is none.

    vLLM sends ``error`` as an object or a text, and ``detail`` for unknown paths.
    """
    if not isinstance(reply, dict):
        return ""
    found = reply.get("error", reply.get("detail", ""))
    if isinstance(found, dict):
        found = found.get("message", "")
    return _short(found) if isinstance(found, str) else ""


def _data(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the data of each server-sent event.

    Comments and other fields are skipped. Lines end with CR, LF or both. JSON is never split at other line ends, as
    decoders of text would.
    """
    rest, size = b"", 0
    parts: list[bytes] = []
    for chunk in chunks:
        *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        size = len(rest) + sum(map(len, parts))
        for line in lines:
            if line.startswith(b"data:"):
                parts.append(line[5:].removeprefix(b" "))
            elif not line.rstrip(b"\r") and parts:
                yield b"\n".join(parts)
                parts = []
        if size > MAX_EVENT_BYTES:
            raise TierFailed(f"an event is longer than {MAX_EVENT_BYTES >> 20} MiB", "broken")
    if rest.startswith(b"data:"):
        parts.append(rest[5:].removeprefix(b" "))
    if parts:
        yield b"\n".join(parts)


def _short(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MAX_SAID]


def _line(error: Exception) -> str:
    return _short(str(error)) or type(error).__name__


def _library() -> Any:
    try:
        import httpx2
    except ImportError as error:
        raise MissingExtra("asking another machine", "tiers") from error
    return httpx2
