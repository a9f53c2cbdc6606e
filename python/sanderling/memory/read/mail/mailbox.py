"""Read mailboxes (mbox) and single messages (.eml, .emlx).

Thunderbird, Gmail's Takeout, mutt and git write mbox files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from ....text.clean import Unreadable
from ..part import Bad, Part
from .message import read_message

MAX_MESSAGE_BYTES = 64 << 20
"""A longer message is passed over without being held. Servers take 25 to 50 MB."""
_MAX_LINE_BYTES = 1 << 20
_DAYS = frozenset({b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"})


def parts_of_mailbox(stream: BinaryIO) -> Iterator[Part | Bad]:
    """Yield the messages of a mailbox, each named by its Message-ID. Copies of a message are read once.

    Raises Unreadable if the file is no mailbox.
    """
    seen: set[int] = set()
    for number, message in enumerate(_messages(stream), start=1):
        place = f"message {number}"
        if len(message) > MAX_MESSAGE_BYTES:
            yield Bad(place=place, reason=f"longer than {MAX_MESSAGE_BYTES >> 20} MiB", size_bytes=len(message))
            continue
        try:
            name, content = read_message(message)
        except Unreadable as error:
            yield Bad(place=place, reason=str(error), size_bytes=len(message))
            continue
        if name:
            if hash(name) in seen:
                continue
            seen.add(hash(name))
        yield Part(name=name or place, content=content, place=place, size_bytes=len(message))


def part_of_message(data: bytes) -> Iterator[Part | Bad]:
    """Yield the only message of a file. Apple writes its length before it and its own marks after it."""
    length, end, rest = data.partition(b"\n")
    if end and length.strip().isdigit() and len(length) < 20:
        data = rest[: int(length)]
    _, content = read_message(data)
    yield Part(name="", content=content, size_bytes=len(data))


def _messages(stream: BinaryIO) -> Iterator[bytes]:
    """Yield each message of a mailbox; a message over the size limit is cut one byte beyond it."""
    lines: list[bytes] = []
    size = 0
    blank = started = False
    while line := stream.readline(_MAX_LINE_BYTES):
        if (blank or not started) and _separates(line):
            if started:
                yield b"".join(lines)
            lines, size, started, blank = [], 0, True, False
            continue
        if not started:
            if line.strip():
                raise Unreadable('no mailbox: it does not begin with a line "From "')
            continue
        blank = not line.strip()
        # Lines of a text that begin so were quoted, as were quoted ones.
        if line.startswith(b">") and line.lstrip(b">").startswith(b"From "):
            line = line[1:]
        if size <= MAX_MESSAGE_BYTES:
            lines.append(line[: MAX_MESSAGE_BYTES + 1 - size])
            size += len(line)
    if started:
        yield b"".join(lines)


def _separates(line: bytes) -> bool:
    """Tell whether a line separates two messages, and is not a line of text that begins with "From"."""
    if not line.startswith(b"From "):
        return False
    # "From SENDER Tue Mar  5 10:00:00 2024"; Thunderbird has left out all but the first word since 2024.
    words = line[:500].split()
    return len(words) == 1 or (
        len(words) > 5 and words[2].rstrip(b",") in _DAYS and any(b":" in word for word in words[4:7])
    )
