"""Reads the values of a GGUF header: numbers, strings, arrays.

It never reads past the end of the file. The file is untrusted: each length is compared with the remaining bytes before
anything is read or allocated.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from ..errors import ModelUnavailable
from .other_files import OtherFile

MAX_KEPT_BYTES = 65_536
"""Maximum size of a string or array that is kept, in bytes. Larger ones (chat templates, vocabularies) are skipped."""

MAX_TOKENS = 1 << 21
"""Maximum size of a vocabulary in tokens. The largest published one has 262,144."""

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9


class Reader:
    """Reads little-endian values from a stream, up to the file's size.

    ``name`` identifies the file in error messages.
    """

    def __init__(self, name: str, stream: BinaryIO, size: int) -> None:
        self._name, self._stream, self.left = name, stream, size

    def broken(self, why: str) -> ModelUnavailable:
        return self.other(OtherFile(why, "pull it again or choose another one"))

    def other(self, other: OtherFile) -> ModelUnavailable:
        """Return the error for a file that is something else."""
        return ModelUnavailable(f"{self._name} is no usable GGUF file ({other.what}): {other.remedy}")

    def take(self, n: int) -> bytes:
        if n > self.left:
            raise self.broken("truncated header")
        self.left -= n
        data = self._stream.read(n)
        if len(data) != n:
            raise self.broken("truncated header")
        return data

    def skip(self, n: int) -> None:
        if n > self.left:
            raise self.broken("truncated header")
        self.left -= n
        self._stream.seek(n, 1)

    def number(self, code: str) -> int:
        value: int = struct.unpack(f"<{code}", self.take(struct.calcsize(code)))[0]
        return value

    def string(self) -> str | None:
        """Read a string; return None if it is longer than ``MAX_KEPT_BYTES``."""
        length = self.number("Q")
        if length > MAX_KEPT_BYTES:
            self.skip(length)
            return None
        return self.take(length).decode("utf-8", errors="replace")

    def name(self) -> str:
        text = self.string()
        if text is None:
            raise self.broken("a name longer than 64 KiB")
        return text

    def text(self, most: int) -> str:
        """Read a typed string; return "" if it is longer than ``most`` bytes."""
        if self.number("I") != _STRING:
            raise self.broken("a text that is none")
        length = self.number("Q")
        if length > most:
            self.skip(length)
            return ""
        return self.take(length).decode("utf-8", errors="replace")

    def strings(self) -> list[bytes]:
        """Read a typed array of strings."""
        if (self.number("I"), self.number("I")) != (_ARRAY, _STRING):
            raise self.broken("a list of tokens that is none")
        count = self.number("Q")
        if count > MAX_TOKENS:
            raise self.broken(f"a vocabulary of more than {MAX_TOKENS} tokens")
        found = []
        for _ in range(count):
            length = self.number("Q")
            if length > MAX_KEPT_BYTES:
                raise self.broken("a token longer than 64 KiB")
            found.append(self.take(length))
        return found

    def numbers(self) -> tuple[int, ...]:
        """Read a typed array of 32-bit integers."""
        if self.number("I") != _ARRAY or self.number("I") not in (4, 5):
            raise self.broken("a list of token types that is none")
        count = self.number("Q")
        if count > MAX_TOKENS:
            raise self.broken(f"a vocabulary of more than {MAX_TOKENS} tokens")
        return struct.unpack(f"<{count}i", self.take(4 * count))

    def value(self) -> object:
        """Read a typed value.

        Returns only the length of a long array or an array of strings, and None for a long string.
        """
        kind = self.number("I")
        if kind == _STRING:
            return self.string()
        if kind in _SCALARS:
            return struct.unpack(f"<{_SCALARS[kind]}", self.take(struct.calcsize(_SCALARS[kind])))[0]
        if kind != _ARRAY:
            raise self.broken(f"unknown value type {kind}")
        return self._array()

    def _array(self) -> object:
        kind, count = self.number("I"), self.number("Q")
        if kind == _STRING:
            # Each string takes at least the 8 bytes of its length, which bounds the loop by the file's size.
            if count * 8 > self.left:
                raise self.broken("truncated header")
            self._skip_strings(count)
            return count
        if kind not in _SCALARS:
            raise self.broken(f"array of type {kind}")
        width = struct.calcsize(_SCALARS[kind]) * count
        if width > MAX_KEPT_BYTES:
            self.skip(width)
            return count
        return struct.unpack(f"<{count}{_SCALARS[kind]}", self.take(width))

    def _skip_strings(self, count: int) -> None:
        """Skip ``count`` strings.

        This takes a fifth of the time of ``skip(number("Q"))`` for each; a vocabulary has 100,000 strings.
        """
        read, seek, left = self._stream.read, self._stream.seek, self.left
        for _ in range(count):
            length = int.from_bytes(read(8), "little")
            left -= 8 + length
            if left < 0:
                raise self.broken("truncated header")
            if length < 256:
                read(length)  # from the buffer, where a seek would ask the system
            else:
                seek(length, 1)
        self.left = left
