"""Text from outside, made fit for a terminal: what would act on it instead of being read is shown as an escape.

That are control characters (C0 but tab and line break, DEL, C1), marks that turn the direction of writing, the line
breaks that only some programs know, and lone surrogates. Each is one character, so a text that comes in pieces can be
taken piece by piece. A text that holds such an escape in letters looks the same afterwards; JSON tells them apart.
"""

from __future__ import annotations

import re

_ACTING = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_IN_TEXT = re.compile(f"[{_ACTING}]")
_IN_LINE = re.compile(rf"[{_ACTING}\n]")


def shown(text: str) -> str:
    """Return ``text`` with every acting character as Python's escape for it; tabs and line breaks stay."""
    return _IN_TEXT.sub(_escaped, text)


def shown_line(text: str) -> str:
    """Like :func:`shown`, with line breaks escaped too, for what has to stay one line: titles, addresses, messages."""
    return _IN_LINE.sub(_escaped, text)


def shown_json(encoded: str) -> str:
    """Return JSON of the same value in which no acting character stands raw; JSON itself escapes only C0."""
    return _IN_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", encoded)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
