"""Guess the encoding of a file from its letters, as a last resort."""

from __future__ import annotations

import re
from collections.abc import Iterator

SAMPLE_BYTES = 65_536
"""Number of bytes for a guess."""
# All that people's files were written in; told apart by their letters. Those of mainframes would only add mistakes.
_GUESSED = """
cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp874 iso8859-2 iso8859-5 iso8859-6 koi8-r koi8-u cp866
cp855 cp850 mac-roman gb18030 big5hkscs cp932 euc_jis_2004 cp949 johab
"""
GUESSED = tuple(_GUESSED.split())
# Not told from the letters of fewer bytes than these, which any Western text may have.
FEW_BYTES = 4
_WESTERN = ("cp1250", "cp1252", "cp1254")
# Letters of Turkish stand where Icelandic has its own; the other letters beside them tell which it is.
_TURKISH = frozenset("\u00f0\u00fe\u00fd\u00d0\u00de\u00dd")
_BESIDE_TURKISH = _TURKISH | frozenset("\u00e7\u00f6\u00fc\u00e2\u00ee\u00fb\u00c7\u00d6\u00dc\u00c2\u00ce\u00db")
_CONTROL = bytes(range(0x80, 0xA0))
_ASCII = bytes(range(128))
# Words of Latin and other letters, as "caf\u0439", are few in the right encoding.
_FOREIGN = re.compile(r"[\u0370-\u06ff]+")
_MIXED = re.compile(r"[A-Za-z][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z]")


def guess(data: bytes) -> str:
    """Return the name of the encoding in which ``data`` is the likeliest text.

    It is Windows Latin-1 if none makes a likely text.
    """
    import chardet

    # A sample that is cut inside a character looks broken: it ends at a line end, or after the last ASCII character.
    sample = data if len(data) <= SAMPLE_BYTES else b"".join(_lines(data))
    few = len(sample.translate(None, _ASCII)) < FEW_BYTES
    tried = list(_WESTERN if few and len(sample) > 2 * FEW_BYTES else GUESSED)
    for _ in range(3):
        told = chardet.detect(sample, include_encodings=tried, compat_names=False)
        told_name = told["encoding"] or "cp1252"
        read = sample.decode(told_name, "replace")
        if told_name == "cp1252":
            return _western(sample, read)
        if told_name not in tried or 2 * len(_MIXED.findall(read)) <= len(_FOREIGN.findall(read)):
            return told_name
        tried.remove(told_name)
    return "cp1252"


def _western(sample: bytes, read: str) -> str:
    """Return the likeliest encoding of ``sample``, which reads ``read`` in Windows Latin-1."""
    letters = {char for char in read if char > "\x7f" and char.isalpha()}
    if len(letters & _TURKISH) > 1 and letters <= _BESIDE_TURKISH:
        return "cp1254"
    # Nobody writes the general sign of a currency, whose place the euro has since 1999.
    return "iso8859-15" if "\u00a4" in read and len(sample.translate(None, _CONTROL)) == len(sample) else "cp1252"


def _lines(data: bytes) -> Iterator[bytes]:
    """Yield lines of ``data`` with bytes beyond ASCII, up to a sample's size."""
    taken = 0
    for line in data.splitlines(keepends=True):
        if not line.isascii():
            yield line[:SAMPLE_BYTES]
            taken += len(line)
            if taken >= SAMPLE_BYTES:
                return
