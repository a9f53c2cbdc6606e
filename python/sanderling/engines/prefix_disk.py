"""A disk cache of sequence states.

A new process then need not compute the system prompt again. It is off unless configured. Only prefixes shared by
conversations are written: a system prompt contains no words of the user, a conversation does. Each entry is one file:
magic, SHA-256 of the rest (32 bytes), the entry as msgpack. A file is written under another name and renamed, so a
truncated one is never found. Damaged files are removed; each model has its own file names. The folder is bounded in
bytes, and the least recently used file is removed first: every state begins at position 0, so its bytes are nearly
proportional to the time it saves. A failure here costs no more than computing the prefix.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
from pathlib import Path

import msgspec

from ..disk.files import PRIVATE_FOLDER, irregular
from ..disk.whole_file import write_whole
from ..errors import StorageFull
from .prefix_entry import Entry

log = logging.getLogger(__name__)

MAGIC = b"sanderling state 1\n"
_NAME = re.compile(r"([0-9a-f]{16})-(\d{1,9})-([0-9a-f]{64})\.state")


class PrefixDiskCache:
    """Saved sequence states of one model. All models share the folder."""

    def __init__(self, folder: Path, budget_bytes: int, identity: str) -> None:
        """Use ``folder`` for the files.

        The first :meth:`save` creates it. ``budget_bytes``: bound of the whole folder. ``identity``: what a state
        depends on besides its ids.
        """
        self._folder, self.budget_bytes = folder, budget_bytes
        self._model = hashlib.sha256(identity.encode()).hexdigest()[:16]

    def lengths(self) -> set[int]:
        """Return the lengths, in tokens, of this model's saved prefixes."""
        try:
            names = [_NAME.fullmatch(entry.name) for entry in os.scandir(self._folder)]
        except OSError:
            return set()  # not created yet, or not readable
        return {int(name[2]) for name in names if name and name[1] == self._model}

    def save(self, key: str, entry: Entry) -> None:
        """Write an entry to disk. Not if its file exists or it exceeds the budget. A failure to write is logged."""
        path = self._path(key, len(entry.ids))
        if path.exists():
            return
        body = msgspec.msgpack.encode(entry)
        data = MAGIC + hashlib.sha256(body).digest() + body
        if len(data) > self.budget_bytes:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            self._make_room(len(data))
            write_whole(path, data, private=True)
        except (OSError, StorageFull) as error:
            log.warning("the state of %d tokens was not kept on disk: %s", len(entry.ids), error)

    def load(self, key: str, ids: tuple[int, ...]) -> Entry | None:
        """Return the entry for ``ids``, or None if it is absent or damaged. A damaged file is removed."""
        path = self._path(key, len(ids))
        try:
            kind = irregular(path)
            if kind:
                log.warning("%s is %s and no file: it is not read", path, kind)
                return None
            if path.stat().st_size > self.budget_bytes:
                return None
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None  # absent, or removed by another process since it was listed
        start = len(MAGIC) + 32
        try:
            if not data.startswith(MAGIC) or hashlib.sha256(data[start:]).digest() != data[len(MAGIC) : start]:
                raise ValueError("its checksum is wrong")
            entry = msgspec.msgpack.decode(data[start:], type=Entry)
            if entry.ids != ids:
                raise ValueError("it holds other tokens than its name says")
        except (ValueError, msgspec.DecodeError) as error:
            log.warning("%s is damaged (%s): it is removed", path, error)
            with contextlib.suppress(OSError):  # if it cannot be removed, the next load finds it damaged again
                path.unlink(missing_ok=True)
            return None
        return entry

    def _path(self, key: str, length: int) -> Path:
        return self._folder / f"{self._model}-{length}-{key}.state"

    def _make_room(self, wanted: int) -> None:
        """Remove the least recently used files until ``wanted`` bytes fit. Unfinished files count too."""
        files = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in self._folder.iterdir())
        total = sum(size for _, size, _ in files)
        for _, size, path in files:
            if total + wanted <= self.budget_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size
