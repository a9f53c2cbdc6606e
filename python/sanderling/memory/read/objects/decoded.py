"""Decode JSON files of any encoding: their lines, and single values."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator
from typing import BinaryIO, TypeVar

import msgspec

from ....text.clean import Unreadable
from ....text.encoding.encoding import decode
from ...files.walk import MAX_FILE_BYTES

MAX_LINE_BYTES = 32 << 20
"""Longest line that is read; a longer one is no note and is skipped in pieces."""
_SNIFFED_BYTES = 64
Type = TypeVar("Type")


def value_of(data: bytes | msgspec.Raw, kind: type[Type]) -> Type:
    """Return the value of a JSON text in any encoding that :func:`decode` knows.

    Raises Unreadable for what is no JSON, is of another kind, or is nested too deeply.
    """
    try:
        try:
            return msgspec.json.decode(data, type=kind)
        except UnicodeDecodeError:
            return msgspec.json.decode(decode(bytes(data)).text.encode("utf-8", "replace"), type=kind)
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    except msgspec.ValidationError as error:
        raise Unreadable(str(error)) from error
    except msgspec.DecodeError as error:
        mended = None if kind is msgspec.Raw else _mended(bytes(data))
        if mended is None:
            raise Unreadable(str(error)) from error
    return value_of(mended, kind)


def sound(data: bytes) -> bytes:
    """Return a JSON text, with the known errors of exporting programs repaired.

    Several values one after another (``jq``) become a list. Raises Unreadable for what cannot be mended.
    """
    try:
        value_of(data, msgspec.Raw)
    except Unreadable:
        mended = _mended(data)
        if mended is None:
            raise
        return mended
    return data


def _mended(data: bytes) -> bytes | None:
    """Return JSON without invalid parts: NaN, line breaks in strings, lone surrogates.

    None for what is no JSON either way.
    """
    if len(data) > MAX_LINE_BYTES:
        return None
    decoder = json.JSONDecoder(strict=False, parse_constant=lambda _: None)
    values = []
    try:
        text = decode(data).text
        at = len(text) - len(text.lstrip())
        while at < len(text):
            value, end = decoder.raw_decode(text, at)
            values.append(value)
            at = end
            while at < len(text) and text[at] in " \t\r\n":
                at += 1
        whole = values[0] if len(values) == 1 else values
        return json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace")
    except (Unreadable, ValueError, RecursionError):
        return None


def utf8(data: bytes) -> bytes:
    """Return a JSON text as UTF-8 without a byte order mark.

    Raises Unreadable for binary data.
    """
    return decode(data).text.encode("utf-8", "replace") if _is_wide(data) else data.removeprefix(codecs.BOM_UTF8)


def lines_of(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield (number, line) of each line of ``stream`` that is not blank.

    A line longer than can be held is yielded cut off. Raises Unreadable for a file in UTF-16 or UTF-32 that is larger
    than a file read whole may be.
    """
    stream.seek(0)
    sniffed = stream.read(_SNIFFED_BYTES)
    stream.seek(0)
    if _is_wide(sniffed):
        data = stream.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise Unreadable(f"larger than {MAX_FILE_BYTES >> 20} MiB and not UTF-8: save it as UTF-8")
        stream = io.BytesIO(utf8(data))
    elif sniffed.startswith(codecs.BOM_UTF8):
        stream.seek(len(codecs.BOM_UTF8))
    number = 0
    while line := stream.readline(MAX_LINE_BYTES):
        rest = line
        while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES)
        # Line ends may also be carriage returns alone, as on old Macs.
        for piece in line.splitlines(keepends=True):
            number += 1
            if piece.strip():
                yield number, piece


def _is_wide(data: bytes) -> bool:
    """Tell whether text is in UTF-16 or UTF-32, by its byte order mark or the zeros around ASCII."""
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:_SNIFFED_BYTES]


def begins_with_value(stream: BinaryIO, *, lines: bool) -> bool:
    """Tell whether a file holds a single JSON value rather than a JSON value per line.

    ``lines``: what its name says; then only a list, or an object of several lines, is one value.
    """
    found = lines_of(stream)
    first, second = (next(found, (0, b""))[1].strip() for _ in range(2))
    if lines:
        return first == b"{" or (first.startswith(b"[") and not (first.endswith(b"]") and second))
    return not (first.startswith(b"{") and first.endswith(b"}") and second.startswith(b"{"))
