"""Server-sent events in the format of the OpenAI API."""

from __future__ import annotations

from typing import Any

import msgspec

DONE = b"data: [DONE]\n\n"
ALIVE = b": still at it\n\n"
"""Comment that shows that a silent stream is alive. Clients ignore comments."""
HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]

_encode = msgspec.json.Encoder().encode


def event(value: Any, name: str = "") -> bytes:
    """Return a server-sent event with ``value`` as JSON. ``name``: the event's name; empty: none."""
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + _encode(value) + b"\n\n"
