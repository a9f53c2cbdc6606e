"""Decode bytes by evidence: marks, zeros, valid UTF-8, a declared name, and last the letters that they would make.

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
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from .clean import Unreadable
from .control_characters import refuse_signature, without_control_characters

SAMPLE_BYTES = 65_536
"""Bytes that a guess is made from."""

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
# All that people's files were written in; told apart by their letters. Those of mainframes would only add mistakes.
GUESSED = (
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "iso8859-2"),
    *("koi8-r", "koi8-u", "cp866", "cp850", "mac-roman", "gb18030", "big5hkscs", "cp932", "euc_jis_2004", "cp949"),
)
# Not told from the letters of fewer bytes than these, which any Western text may have.
FEW_BYTES = 4
_RARE = ("cp1257", "cp1258", "cp850", "mac-roman")
_ASCII = bytes(range(128))
# Words of Latin and other letters, as "caf\u0439", are few in the right encoding.
_FOREIGN = re.compile(r"[\u0370-\u06ff]+")
_MIXED = re.compile(r"[A-Za-z][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z]")
# Seven bits wide: a file in one of these is valid UTF-8 also.
_ESCAPING = {"iso2022_jp": b"\x1b$", "iso2022_kr": b"\x1b$)C", "hz": b"~{"}
# Never what a file is written in: these are not of files, take quadratic time, or would not show their name as ASCII.
_NOT_OF_FILES = ("punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7", "utf-8", "utf-16", "utf-32")


class Decoded(NamedTuple):
    """A text, and what is doubtful in it."""

    text: str
    doubts: tuple[str, ...]
    """One sentence each, to be shown after the name of the file."""


def decode(data: bytes, declared: str = "") -> Decoded:
    """Decode a text of unknown encoding, and leave out its control characters.

    ``declared``: the name of an encoding that the file gives for itself. Raises Unreadable for binary data.
    """
    refuse_signature(data)
    text, doubt = _text(data, declared)
    readable = without_control_characters(text)
    doubts = [doubt] if doubt else []
    if readable.left_out:
        doubts.append(f"{_count(readable.left_out, 'control character')} left out")
    return Decoded(readable.text, tuple(doubts))


def _text(data: bytes, declared: str) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _replaced(data[len(mark) :], encoding)
    if b"\0" in data and (wide := _wide(data)):
        return _replaced(data, wide)
    named = _known(declared)
    escaping = named if named in _ESCAPING else "iso2022_jp"
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
    guess = _guess(data)
    text, doubt = _replaced(data, guess)
    said = f"does not say its encoding: read as {guess}; if its letters are wrong, save it as UTF-8"
    return text, f"{said} ({doubt})" if doubt else said


def _wide(data: bytes) -> str:
    """Return UTF-16 or UTF-32 with its byte order if zeros of ``data`` show it, else ""."""
    # UTF-16 has a zero or a control character for nearly half of its bytes where it is no Chinese, and that is not UTF-8.
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
    """Return how many characters are unassigned, private, control characters or replaced bytes."""
    return sum(
        char == "\ufffd" or (unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs") and char not in "\t\n\r\f")
        for char in text
    )


def _sequences(data: bytes) -> int:
    """Return how many sequences of two bytes and more in ``data`` are valid UTF-8."""
    text = data.decode("utf-8", "ignore")
    return len(text) - len(text.encode("ascii", "ignore")) - data.count(b"\xef\xbf\xbd")


def _known(declared: str) -> str:
    """Return Python's name of an encoding that a file may have, or of its superset; "" if there is none."""
    try:
        found = codecs.lookup(declared.strip())
        "".encode(found.name)  # codecs such as rot13 turn no text into bytes
    except (LookupError, ValueError):
        return ""
    name = found.name
    return "" if name.replace("_", "-").startswith(_NOT_OF_FILES) else _SUPERSETS.get(name, name)


def _guess(data: bytes) -> str:
    import chardet

    # A sample that is cut inside a character looks broken: it ends at a line end, or after the last ASCII character.
    sample = data if len(data) <= SAMPLE_BYTES else b"".join(_lines(data))
    few = len(sample.translate(None, _ASCII)) < FEW_BYTES
    tried = [encoding for encoding in GUESSED if not (few and encoding in _RARE)]
    for _ in range(3):
        told = chardet.detect(sample, include_encodings=tried, compat_names=False)
        guess = told["encoding"] or "cp1252"
        read = sample.decode(guess, "replace")
        if guess not in tried or 2 * len(_MIXED.findall(read)) <= len(_FOREIGN.findall(read)):
            return guess
        tried.remove(guess)
    return "cp1252"


def _lines(data: bytes) -> Iterator[bytes]:
    """Yield lines of ``data`` that have bytes beyond ASCII, up to the size of a sample."""
    taken = 0
    for line in data.splitlines(keepends=True):
        if not line.isascii():
            yield line[:SAMPLE_BYTES]
            taken += len(line)
            if taken >= SAMPLE_BYTES:
                return


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
    return f"{_count(bad, 'place')} not {encoding} and shown as \ufffd"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing} is" if number == 1 else f"{number:,} {thing}s are"
