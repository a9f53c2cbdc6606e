"""A small HTTP client on the standard library, whose own time adds little to a measurement."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from ...egress import Permit, permitted

CHAT = "/v1/chat/completions"


class Reply(NamedTuple):
    """A reply, and the times at which it began and arrived."""

    status: int
    body: bytes
    began_s: float
    """Start of the call on the clock of ``time.perf_counter``, which the other times use too."""
    first_byte_s: float
    """Time at which the first byte of the body arrived."""
    ended_s: float

    @property
    def wall_ms(self) -> float:
        """Milliseconds from sending to the last byte."""
        return 1e3 * (self.ended_s - self.began_s)


class Caller:
    """One connection to a service on this machine."""

    def __init__(self, port: int, timeout_s: float = 120.0) -> None:
        """Prepare a connection, which the first call opens."""
        self._permit = Permit("127.0.0.1", port, "the service under test")
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)

    def __enter__(self) -> Self:
        """Return the caller itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._connection.close()

    def post(self, path: str, body: Mapping[str, Any]) -> Reply:
        """Send a body and read the whole reply."""
        began_s = time.perf_counter()
        data, headers = json.dumps(body).encode(), {"content-type": "application/json"}
        self._send(path, data, headers)
        response = self._connection.getresponse()
        first = response.read1(65_536) if response.status == 200 else b""
        first_byte_s = time.perf_counter()
        rest = response.read()
        return Reply(response.status, first + rest, began_s, first_byte_s, time.perf_counter())

    def _send(self, path: str, data: bytes, headers: Mapping[str, str]) -> None:
        with permitted(self._permit):
            self._connection.request("POST", path, data, dict(headers))

    def leave(self, path: str, body: Mapping[str, Any]) -> None:
        """Send a body and disconnect before the reply."""
        self._send(path, json.dumps(body).encode(), {"content-type": "application/json"})
        self._connection.close()


def asking(question: str, **more: Any) -> dict[str, Any]:
    """Return the request body for a question about the notes."""
    return {"messages": [{"role": "user", "content": question}], **more}
