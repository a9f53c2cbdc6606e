"""Distinguish binary data from text with some control characters, and remove these from the text."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..clean import Unreadable

# Bytes that begin a file and stand at the beginning of no text: mostly text, some of these files would pass for it.
_SIGNATURES = (
    (b"%PDF-", "a PDF: give it the suffix .pdf"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF89a", "a GIF image"),
    (b"PK\3\4", "a zip archive, or a document of an office program under another suffix"),
    (b"\x1f\x8b", "a gzip archive: unpack it"),
    (b"BZh91AY&SY", "a bzip2 archive: unpack it"),
    (b"\xfd7zXZ\0", "an xz archive: unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive: unpack it"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an older office program: save it as .docx or text"),
    (b"\x7fELF", "a program"),
)

_BEGINNINGS = tuple(signature for signature, _ in _SIGNATURES)

# What terminals and chat programs write between the letters: escape sequences (colours, titles of windows), colours of
# mIRC with their numbers, and a letter that is struck over by the next one.
_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]{0,64}+[ -/]{0,8}+[@-~]|\][^\x07\x1b]{0,2000}+(?:\x07|\x1b\\)|[ -/]{1,8}+[0-~]|[0-~])"
    r"|\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6})?|[^\n\x08]\x08"
)
_FORMATTING = re.compile(r"[\x02\x07\x08\x0e\x0f\x11\x16\x1a\x1b\x1d-\x1f\x7f]")
# A run of NUL bytes is what a crash leaves in a log: it counts once.
_OTHER = re.compile(r"\x00+|[\x01\x03-\x06\x10\x12-\x15\x17-\x19\x1c]")
_ANY = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_C1 = re.compile(r"[\x80-\x9f]")
_C1_AS_CP1252 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}

OTHER_SHARE = 0.01
"""Largest share of control characters without a layout meaning. A text of few characters may have 2.

Compressed or encrypted bytes have 5 %, programs and databases more; a note with a stray NUL has one.
"""
FORMATTING_SHARE = 0.4
"""Largest share of formatting characters and sequences: one in three, as where each letter is struck over."""
FEW_CHARACTERS = 2
SMALL_SHARE = 0.1


class Readable(NamedTuple):
    """A text without control characters."""

    text: str
    left_out: int
    """Number of removed control characters without a layout meaning; a run of NUL counts once."""


def refuse_signature(data: bytes) -> None:
    """Raise Unreadable if ``data`` begins with the signature of a binary format. The message names the kind of file."""
    if not data.startswith(_BEGINNINGS):
        return
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise Unreadable(f"a binary file, not text: {kind}")


def without_control_characters(text: str) -> Readable:
    """Remove all control characters, such as form feed, except tabs and line ends.

    Those of Latin-1 (U+0080 to U+009F) become what Windows means by them, such as quotes. Raises Unreadable if the text
    has so many that it is none.
    """
    if not _ANY.search(text):
        return Readable(text, 0)
    # Office programs end a line inside a paragraph with it.
    text = text.replace("\x0b", "\n")
    plain, sequences = _SEQUENCE.subn("", text)
    plain, marks = _FORMATTING.subn("", plain)
    plain, others = _OTHER.subn("", plain)
    length = len(plain) + others
    few = others <= FEW_CHARACTERS and others <= length * SMALL_SHARE
    if (others > length * OTHER_SHARE and not few) or sequences + marks > max(len(text) * FORMATTING_SHARE, 1):
        raise Unreadable("a binary file, not text")
    return Readable(_C1.sub(lambda found: _C1_AS_CP1252[ord(found[0])], plain), others)
