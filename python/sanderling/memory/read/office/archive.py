"""Read a zip archive that may be hostile, up to a size limit and without writing to disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from ....text.clean import Unreadable

MAX_UNPACKED_BYTES = 128 << 20
"""Largest total size of all members of one file when unpacked. The text of the longest novels is a few MiB."""
MAX_MEMBERS = 20_000
_PIECE_BYTES = 1 << 16
# The container of old Office files, and of new ones with a password.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Archive:
    """The members of one zip file."""

    def __init__(self, data: bytes) -> None:
        """Open the archive in ``data``. Raises Unreadable for anything else."""
        if data.startswith(_OLE):
            raise Unreadable("an old Office file or one with a password: save it anew, without a password")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self._members = {info.filename: info for info in self._zip.infolist()}
        # Besides its own error: struct.error, UnicodeDecodeError, NotImplementedError, ValueError.
        except Exception as error:
            raise Unreadable(f"a broken file (no zip archive: {_first_line(error)})") from error
        if len(self._members) > MAX_MEMBERS:
            raise Unreadable(f"a zip of {len(self._members):,} members, more than any document has")
        self._left_bytes = MAX_UNPACKED_BYTES

    def __contains__(self, name: str) -> bool:
        """Tell whether the archive has a member ``name``."""
        return name in self._members

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the content of a member in pieces; nothing if there is no such member.

        Raises Unreadable for a broken or encrypted member, and for more than all of them may unpack to.
        """
        info = self._members.get(name)
        if info is None:
            return
        if info.flag_bits & 1:
            raise Unreadable("encrypted: save a copy without a password")
        try:
            with self._zip.open(info) as member:
                while piece := member.read(_PIECE_BYTES):
                    self._left_bytes -= len(piece)
                    if self._left_bytes < 0:
                        raise Unreadable(f"it unpacks to more than {MAX_UNPACKED_BYTES >> 20} MiB")
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
            raise Unreadable(f"a broken file ({name}: {_first_line(error)})") from error

    def read(self, name: str) -> bytes:
        """Return the content of a member; empty if there is no such member. Raises Unreadable as :meth:`pieces`."""
        return b"".join(self.pieces(name))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
