"""Escapes characters that could control a terminal.

These are control characters (C0 except tab and line break, DEL, C1), marks that change the direction of writing, the
line breaks U+2028 and U+2029, and lone surrogates. Each is a single character, so a text may be escaped part by part
while it streams. A text that already spells such an escape looks the same afterwards; JSON keeps the two apart.
"""

from __future__ import annotations

import re

_ACTING = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_IN_TEXT = re.compile(f"[{_ACTING}]")
_IN_LINE = re.compile(rf"[{_ACTING}\n]")


def shown(text: str) -> str:
    """Escape characters that could control a terminal, except tabs and line breaks. Each becomes a Python escape."""
    return _IN_TEXT.sub(_escaped, text)


def shown_line(text: str) -> str:
    """Escape line breaks and characters that could control a terminal. For titles, addresses and messages."""
    return _IN_LINE.sub(_escaped, text)


def shown_json(encoded: str) -> str:
    """Escape characters in JSON text that could control a terminal.

    The JSON value stays the same. Encoders escape C0 only.
    """
    return _IN_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", encoded)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
