"""Normalise texts for all later steps."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

MAX_TITLE_CHARS = 200
# Composing sorts each run of combining characters in time quadratic in its length. No script needs more than a few on
# one letter; Unicode's stream-safe format (UAX 15, section 13) allows 30, and a joiner after them ends the run.
MAX_MARKS = 30
_JOINER = "\u034f"
# A superset of the combining characters, with dashes and the like, which :func:`_safe` leaves as they are.
_MARKS = re.compile(rf"[^\w\s\x00-\u02ff]{{{MAX_MARKS + 1},}}+")


class Unreadable(Exception):
    """Raised for a file that cannot be used; the message is shown after "FILE: ".

    Never raised to users of the package.
    """


class Empty(Unreadable):
    """Raised for a file that was read but has no text."""


def clean(text: str) -> str:
    """Compose characters (NFC), unify line ends, drop NUL characters, and turn lone surrogates into question marks."""
    text = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    text = text.replace("\0", "")
    return composed(text.replace("\r\n", "\n").replace("\r", "\n"))


def composed(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """Compose the characters of ``text`` (NFC or NFKC) in linear time.

    For that, a joiner is inserted after every 30 combining characters in a row.
    """
    return text if text.isascii() else unicodedata.normalize(form, _MARKS.sub(_safe, text))


def _safe(found: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for char in found[0]:
        # Some are not combining characters themselves, but decompose into them.
        marks = marks + 1 if unicodedata.combining(unicodedata.normalize("NFD", char)[0]) else 0
        if marks > MAX_MARKS:
            kept.append(_JOINER)
            marks = 1
        kept.append(char)
    return "".join(kept)


def one_line(title: str) -> str:
    """Normalise a title to one line of at most 200 characters."""
    if len(title) <= MAX_TITLE_CHARS and title.isascii() and title.isprintable():
        return " ".join(title.split())
    return " ".join(clean(title).split())[:MAX_TITLE_CHARS].strip()
