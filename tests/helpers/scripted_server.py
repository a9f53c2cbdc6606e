"""An HTTP server on loopback that answers as a test says, in the words of vLLM and llama-server."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Step = bytes | float | None
"""Bytes to send, seconds to wait, or None: reset the connection."""
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nconnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def reply(status: int, body: bytes, *headers: str, kind: str = "application/json") -> bytes:
    """Return a whole response."""
    lines = (f"HTTP/1.1 {status} X", f"content-type: {kind}", f"content-length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\nconnection: close\r\n\r\n" + body


def event(**body: Any) -> bytes:
    """Return a server-sent event."""
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def piece(text: str | None, finish: str | None = None, logprob: float | None = -0.1) -> bytes:
    """Return the event of one token, with log-probabilities as both servers write them."""
    choice: dict[str, Any] = {"index": 0, "delta": {"content": text} if text is not None else {}, "logprobs": None}
    if text and logprob is not None:
        top = [{"token": text, "logprob": logprob}, {"token": "?", "logprob": logprob - 2.0}]
        choice["logprobs"] = {"content": [{"token": text, "logprob": logprob, "top_logprobs": top}]}
    return event(choices=[{**choice, "finish_reason": finish}])


def answer(text: str, *, usage: bool = True) -> tuple[Step, ...]:
    """Return the whole stream of an answer, one event a word."""
    words = [word + " " for word in text.split(" ")]
    words[-1] = words[-1].removesuffix(" ")
    spent = [event(choices=[], usage={"prompt_tokens": 40, "completion_tokens": len(words)})] if usage else []
    return (STREAM, *map(piece, words), piece(None, "stop"), *spent, DONE)


@dataclass
class ScriptedServer:
    """What came to the server, and what it will answer."""

    url: str
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    """Path, headers with small letters, and body of each request."""
    scripts: list[Sequence[Step]] = field(default_factory=list)
    """The next answers to POST; the last one is repeated."""
    models: bytes = b'{"data": [{"id": "m", "max_model_len": 4096}]}'
    health: bytes = reply(200, b"")

    def next(self, path: str) -> Sequence[Step]:
        """Return the answer to the next request."""
        if path.endswith("/models"):
            return (reply(200, self.models),)
        if path.endswith("/health"):
            return (self.health,)
        return self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """Run a server until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = ScriptedServer(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError, IndexError):
            data = b""
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536) or _gone()
            head, _, body = data.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            while len(body) < int(headers.get("content-length", 0)):
                body += connection.recv(65536) or _gone()
            path = first.split()[1]
            server.seen.append((path, headers, body))
            for step in server.next(path):
                if step is None:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if isinstance(step, float):
                    over.wait(step)
                else:
                    connection.sendall(step)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        time.sleep(0.01)


def _gone() -> bytes:
    raise OSError("the client left")
