"""Decode bytes of unknown encoding, by the evidence in this table.

=========================  =======================================================================================
evidence                   read as
=========================  =======================================================================================
a byte order mark          what it says
zeros in a rhythm          UTF-32 or UTF-16 without a mark
no byte breaks UTF-8       UTF-8, whatever the file declares
few bytes break UTF-8      UTF-8, with U+FFFD in place of each
a declared encoding        that one (HTML, mail)
none of these              what ``chardet`` tells from the first 64 KB; the reader is warned
=========================  =======================================================================================
"""

from __future__ import annotations

import codecs
import unicodedata
from typing import NamedTuple

from ..clean import Unreadable
from .control_characters import refuse_signature, without_control_characters
from .guess import SAMPLE_BYTES, guess

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Files name the smaller one and hold letters of the larger one, which has all of it at the same places.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis_620": "cp874",
    "iso8859-11": "cp874",
}
# Seven bits wide: a file in one of these is valid UTF-8 also.
_ESCAPING = {"iso2022_kr": b"\x1b$)C", "iso2022_jp": b"\x1b$", "hz": b"~{"}
_TOLD_BY_ESCAPES = ("iso2022_kr", "iso2022_jp")
# Never what a file is written in: these are not of files, take quadratic time, or would not show their name as ASCII.
_NOT_OF_FILES = ("punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7", "utf-8", "utf-16", "utf-32")


class Decoded(NamedTuple):
    """A decoded text, with the doubts about its encoding."""

    text: str
    doubts: tuple[str, ...]
    """Doubts, one sentence each, to follow the file's name."""


def decode(data: bytes, declared: str = "") -> Decoded:
    """Decode a text of unknown encoding, and remove its control characters.

    ``declared``: the name of an encoding that the file gives for itself. Raises Unreadable for binary data.
    """
    refuse_signature(data)
    text, doubt = _text(data, declared)
    # Programs that join files leave a second mark behind the first.
    text = text.lstrip("\ufeff")
    readable = without_control_characters(text)
    doubts = [doubt] if doubt else []
    if readable.left_out:
        doubts.append(f"{_count(readable.left_out, 'control character')} left out")
    return Decoded(readable.text, tuple(doubts))


def _text(data: bytes, declared: str) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _replaced(data[len(mark) :], encoding)
    wide = _wide(data)
    return _replaced(data, wide) if wide else _narrow(data, declared)


def _narrow(data: bytes, declared: str) -> tuple[str, str]:
    named = _known(declared) if declared else ""
    if data.isascii() and not named and b"\x1b" not in data:
        return data.decode("ascii"), ""
    for escaping in (named,) if named in _ESCAPING else _TOLD_BY_ESCAPES:
        if _ESCAPING[escaping] in data and (text := _strict(data, escaping)) is not None:
            return text, ""
    text = data.decode("utf-8", "replace")
    # One that stood in the file is no bad byte.
    bad = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    if not bad:
        return text, ""
    # Each sequence that fits UTF-8 is evidence: bytes of other encodings seldom do, at most one in seven (GBK).
    if _sequences(data) >= bad:
        return text, _of_bad_bytes(bad, "UTF-8")
    if named and (text := _strict(data, named)) is not None:
        return text, ""
    return _guessed(data)


def _guessed(data: bytes) -> tuple[str, str]:
    encoding = guess(data)
    text, doubt = _replaced(data, encoding)
    said = f"does not say its encoding: read as {encoding}; if its letters are wrong, save it as UTF-8"
    return text, f"{said} ({doubt})" if doubt else said


def _wide(data: bytes) -> str:
    """Return the UTF-16 or UTF-32 encoding that the zeros in ``data`` suggest; "" if none."""
    if b"\0" not in data:
        return ""
    # Nearly half of the bytes of UTF-16 are zeros or control characters, but for Chinese, which is not valid as UTF-8.
    narrow = data[:SAMPLE_BYTES].replace(b"\0", b"").decode("utf-8", "replace")
    if data.count(0) * 10 < len(data) * 3 and _odd(narrow) * 4 <= len(narrow):
        return ""
    for encoding in ("utf-32-le", "utf-32-be"):
        text = _strict(data[: len(data) // 4 * 4][:SAMPLE_BYTES], encoding)
        if text and _odd(text) * 50 <= len(text):
            return encoding
    # Both orders may give letters that exist; blanks, digits and line ends are such in one order only.
    sample = data[: len(data) // 2 * 2][:SAMPLE_BYTES]
    read = {encoding: sample.decode(encoding, "replace") for encoding in ("utf-16-le", "utf-16-be")}
    likely = max(read, key=lambda encoding: sum(char < "\x80" for char in read[encoding]))
    return likely if _odd(read[likely]) * 50 <= len(read[likely]) else ""


def _odd(text: str) -> int:
    """Return the number of unassigned, private, control and replacement characters."""
    return sum(
        char == "\ufffd" or (unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs") and char not in "\t\n\r\f")
        for char in text
    )


def _sequences(data: bytes) -> int:
    """Return the number of valid UTF-8 sequences of two or more bytes in ``data``."""
    text = data.decode("utf-8", "ignore")
    return len(text) - len(text.encode("ascii", "ignore")) - data.count(b"\xef\xbf\xbd")


def _known(declared: str) -> str:
    """Return Python's name of a file's declared encoding or its superset; "" if there is none."""
    try:
        found = codecs.lookup(declared.strip())
        "".encode(found.name)  # codecs such as rot13 turn no text into bytes
    except (LookupError, ValueError):
        return ""
    name = found.name
    return "" if name.replace("_", "-").startswith(_NOT_OF_FILES) else _SUPERSETS.get(name, name)


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except ValueError:
        return None


def _replaced(data: bytes, encoding: str) -> tuple[str, str]:
    text = data.decode(encoding, "replace")
    bad = text.count("\ufffd")
    if 2 * bad > len(text):
        raise Unreadable("a binary file, not text")
    return text, _of_bad_bytes(bad, encoding.upper()) if bad and _strict(data, encoding) is None else ""


def _of_bad_bytes(bad: int, encoding: str) -> str:
    return f"{_count(bad, 'place')} not {encoding} and shown as \ufffd: mend the file where it matters"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing} is" if number == 1 else f"{number:,} {thing}s are"
