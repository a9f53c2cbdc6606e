"""The text of a mail message: its parts in order, and the names of its attachments.

A part is plain text or from HTML.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.message import Message

from ....text.clean import Unreadable, clean
from ....text.encoding.encoding import decode
from ..document import Content
from ..html.html import read_html
from .policy import header

MAX_PARTS = 1000
"""Largest number of parts read from one message."""


class Body:
    """The text of a mail message, part by part."""

    def __init__(self, message: Message) -> None:
        """Read the parts of ``message``."""
        self.texts: list[str] = []
        self.links: list[tuple[int, str]] = []
        self.attached: list[str] = []
        self._length = 0
        waiting, count = [message], 0
        while waiting and count < MAX_PARTS:
            count += 1
            waiting += reversed(list(self._take(waiting.pop(), of=message)))

    def _take(self, part: Message, of: Message) -> Iterator[Message]:
        """Read a part, or yield the parts inside it."""
        kind, payload = _kind(part), part.get_payload()
        if isinstance(payload, list):
            inside = [each for each in payload if isinstance(each, Message)]
            if kind == "message/rfc822" and inside:
                lines = (f"{name}: {said}" for name in ("From", "Date", "Subject") if (said := header(inside[0], name)))
                self._add("Forwarded message\n" + "\n".join(lines))
            yield from _best(inside) if kind == "multipart/alternative" else inside
            return
        name = _file_name(part)
        if kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
            try:
                content = _content(part, kind)
            except Unreadable:
                self.attached.append(name or "a part that is no text")
            else:
                self._add(content.text, content.links)
        elif part is not of or name:
            self.attached.append(name or kind)

    def _add(self, text: str, links: Sequence[tuple[int, str]] = ()) -> None:
        text = text.rstrip()
        if not text.strip():
            return
        between = "\n\n" if self.texts else ""
        self.links += [(self._length + len(between) + at, link) for at, link in links if at < len(text)]
        self.texts += [between, text]
        self._length += len(between) + len(text)


def _kind(part: Message) -> str:
    try:
        return part.get_content_type()
    except Exception:  # a header that the library cannot parse
        return "text/plain"


def _file_name(part: Message) -> str:
    try:
        return " ".join((part.get_filename() or "").split())[:200]
    except Exception:
        return ""


def _best(parts: list[Message]) -> list[Message]:
    """Choose the alternative to read: the plain text, or the last one if that is empty."""
    plain = [part for part in parts if _kind(part) == "text/plain" and str(part.get_payload()).strip()]
    return plain[:1] or parts[-1:]


def _content(part: Message, kind: str) -> Content:
    data = part.get_payload(decode=True)
    data = data if isinstance(data, bytes) else b""
    encoding = _parameter(part, "charset")
    if kind == "text/html":
        return read_html(data, encoding)
    text = clean(decode(data, encoding).text)
    return Content(title="", text=_flowed(text) if _parameter(part, "format").lower() == "flowed" else text)


def _parameter(part: Message, name: str) -> str:
    try:
        return str(part.get_param(name) or "")
    except Exception:
        return ""


def _flowed(text: str) -> str:
    """Join each line that ends in a space with the next line of the same quote depth (RFC 3676)."""
    lines: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        if depth == open_depth:
            lines[-1] += line[depth:].lstrip()
        else:
            lines.append(line)
        open_depth = depth if line.endswith(" ") and line[depth:].strip() != "--" else -1
    return "\n".join(lines)
