"""Make the standard library's mail parser cut long headers and accept bytes of any encoding."""

from __future__ import annotations

import codecs
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import EmailPolicy

from ....text.clean import Unreadable
from ....text.encoding.encoding import decode

# The library takes quadratic time for some headers, and lists of hundreds of recipients say nothing.
MAX_HEADER_CHARS = 2000


class _Bounded(EmailPolicy):
    """The library's policy with changed header values."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return the name and value of a header as written in the message."""
        name, value = super().header_source_parse([line[: 2 * MAX_HEADER_CHARS] for line in sourcelines[:200]])
        value = value[:MAX_HEADER_CHARS]
        # Bytes that are no ASCII come as surrogates: of UTF-8, or of an encoding that nothing names.
        raw = value.encode("utf-8", "surrogateescape")
        try:
            return name, raw.decode("utf-8")
        except UnicodeDecodeError:
            try:
                return name, decode(raw).text
            except Unreadable:
                return name, raw.decode("ascii", "replace")


_POLICY = _Bounded()


def parsed(data: bytes) -> Message:
    """Return the message in ``data``. Raises Unreadable for one whose parts are nested too deeply."""
    # A mark of UTF-8 or blank lines before the first header would make all of it the text.
    data = data.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    try:
        return BytesParser(EmailMessage, policy=_POLICY).parsebytes(data)
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    # The library raises nearly every exception there is on broken headers of parts.
    except Exception as error:
        raise Unreadable(f"a broken message ({type(error).__name__})") from error


def header(message: Message, name: str) -> str:
    """Return a header with its encoded words decoded; "" if it is absent."""
    try:
        return " ".join(str(message.get(name, "")).split())
    # Of headers that are nothing the library knows; their raw values are no better.
    except Exception:
        return ""
