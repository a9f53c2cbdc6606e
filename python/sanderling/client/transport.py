"""A minimal HTTP client over a Unix socket.

Each connection has one request. The standard library's client would double what the command line imports before its
first word.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

CONNECT_S = 2.0
MOST_LINE = 64 << 20
"""Maximum length of a line in a reply, in bytes. A line may hold an answer with its sources."""


class Gone(Exception):
    """Raised when the service is absent or ends before it has answered."""


class Strange(Exception):
    """Raised when the socket belongs to another user, version or program."""


def events(path: Path, method: str, target: str, body: Any = None) -> Iterator[tuple[str, str]]:
    """Send one request, and yield the name and the JSON data of each event.

    A reply that is no stream is one event without a name. Raises Gone and Strange.
    """
    with closing(_connected(path)) as connection:
        # Not UTF-8 but ASCII: a file name that is no text has lone surrogates, which JSON can escape.
        data = b"" if body is None else json.dumps(body).encode("ascii")
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n" if body is not None else ""
        try:
            connection.sendall(f"{head}{kind}\r\n".encode("ascii") + data)
            with connection.makefile("rb") as file:
                status, headers = _head(file)
                if status != 200:
                    raise Strange(f"status {status}")
                lines = _lines(file, chunked=headers.get("transfer-encoding", "").lower() == "chunked")
                if headers.get("content-type", "").startswith("text/event-stream"):
                    yield from _events(lines)
                else:
                    yield "", b"\n".join(lines).decode()
        except (OSError, ValueError) as error:
            raise Gone(str(error)) from error


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(CONNECT_S)
        connection.connect(str(path))
        if _user_of(connection) not in (None, os.geteuid()):
            raise Strange(f"{path} is answered by another user")
        connection.settimeout(None)
    except BaseException as error:
        connection.close()
        if isinstance(error, OSError):
            raise Gone(str(error)) from error
        raise
    return connection


def _user_of(connection: socket.socket) -> int | None:
    """Return the user id of the listening process; None if unknown. Not every system reports it."""
    if hasattr(socket, "SO_PEERCRED"):
        _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(user)
    if sys.platform == "darwin":
        local, peer_credentials = 0, 1  # SOL_LOCAL, LOCAL_PEERCRED: a version, then the user id
        _, user = struct.unpack_from("2I", connection.getsockopt(local, peer_credentials, 128))
        return int(user)
    return None


def _head(file: IO[bytes]) -> tuple[int, dict[str, str]]:
    version, _, rest = _line(file).decode("latin-1").partition(" ")
    if not version.startswith("HTTP/1."):
        raise Strange("no HTTP")
    headers = {}
    while line := _line(file).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return int(rest[:3]), headers


def _line(file: IO[bytes]) -> bytes:
    """Return the next line of a reply. A stream must not end inside a reply's head or between chunks."""
    line = file.readline(MOST_LINE)
    if not line.endswith(b"\n"):
        raise ConnectionResetError("the reply was cut off")
    return line


def _lines(file: IO[bytes], *, chunked: bool) -> Iterator[bytes]:
    """Yield the lines of a body as they arrive, without line ends."""
    if not chunked:
        for line in file:
            yield line.rstrip(b"\n")
        return
    rest = b""
    while size := int(_line(file).split(b";")[0], 16):
        chunk = file.read(size)
        if len(chunk) < size:
            raise ConnectionResetError("the reply was cut off")
        *lines, rest = (rest + chunk).split(b"\n")
        _line(file)
        yield from lines
    if rest:
        yield rest


def _events(lines: Iterator[bytes]) -> Iterator[tuple[str, str]]:
    name = ""
    for line in lines:
        field, _, value = line.partition(b": ")
        if field == b"event":
            name = value.decode()
        elif field == b"data":
            yield name, value.decode()
        elif not line:
            name = ""
