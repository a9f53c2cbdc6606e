"""Reads and writes the user's own models.

They are in ``models.toml`` in the data folder, in the form of ours. An entry with the id of one of ours takes its
place. The file may be written by hand; ``models add`` appends to it, and ``models rm`` writes it anew, without
comments.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from .. import config
from ..disk.filelock import locked
from ..disk.files import content
from ..disk.whole_file import write_whole
from ..errors import UsageError
from .entries import ModelEntry
from .toml_text import array_of_tables

NAME = "models.toml"
MOST_BYTES = 4 << 20
"""Maximum size of the user's file in bytes. One entry has one kilobyte."""
_HEADER = """# Models that were added on this device, beside those that Sanderling knows: `sanderling models add`.
# An entry with the id of a known model takes its place.
"""


class Models(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The contents of the user's ``models.toml``."""

    models: tuple[ModelEntry, ...] = ()


def path() -> Path:
    """Return the path of the user's file, which may not exist."""
    return config.home() / NAME


def stamp() -> tuple[Path, int, int]:
    """Return the path, size and time of change of the user's file.

    A size of -1 if it is not there. Raises UsageError if it is too large.
    """
    where = path()
    try:
        state = where.stat()
    except OSError:
        return where, -1, 0
    if state.st_size > MOST_BYTES:
        raise UsageError(f"{where} has more than {MOST_BYTES >> 20} MiB: it is no list of models, remove it")
    return where, state.st_size, state.st_mtime_ns


@lru_cache(maxsize=8)
def read(at: tuple[Path, int, int]) -> tuple[ModelEntry, ...]:
    """Return the user's entries. ``at``: what :func:`stamp` returns.

    Raises UsageError, in one line, for a file that cannot be read or says what no entry can.
    """
    where, size, _ = at
    if size < 0:
        return ()
    try:
        found = msgspec.toml.decode(content(where), type=Models).models
    except OSError as error:
        raise UsageError(
            f"{where} cannot be read ({error.strerror or error}): make it readable, or remove it"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        line = " ".join(str(error).split())[:300]
        raise UsageError(f"{where}: {line}: correct that entry or remove it") from error
    seen: set[str] = set()
    for entry in found:
        _check(where, entry)
        if entry.id in seen:
            raise UsageError(f"{where}: {entry.id} stands there twice: remove one of the two")
        seen.add(entry.id)
    return found


def _check(where: Path, entry: ModelEntry) -> None:
    if entry.default_quant not in entry.quants:
        raise UsageError(
            f"{where}: {entry.id} has no file of its default_quant {entry.default_quant!r}: it has"
            f" {', '.join(entry.quants)}"
        )
    if entry.parameters < 1:
        raise UsageError(f"{where}: {entry.id} has {entry.parameters} parameters: write how many it has")
    if not entry.chat_format and entry.embedding is None:
        raise UsageError(f"{where}: {entry.id} has neither a chat_format nor an embedding: add one")
    if entry.ladder and entry.rung < 1:
        raise UsageError(f"{where}: {entry.id} is on the ladder {entry.ladder} without a rung: add  rung = 1  or more")


def add(entry: ModelEntry) -> None:
    """Append an entry, or replace the entry with the same id. Raises UsageError, OSError and StorageFull."""
    _change(lambda entries: (*(each for each in entries if each.id != entry.id), entry), entry)


def remove(model_id: str) -> bool:
    """Remove an entry, and return whether the entry existed. Raises UsageError, OSError and StorageFull."""
    if all(entry.id != model_id for entry in read(stamp())):
        return False
    _change(lambda entries: tuple(each for each in entries if each.id != model_id), None)
    return True


def _change(change, appended: ModelEntry | None) -> None:  # type: ignore[no-untyped-def]
    home = config.made_home()
    with locked(home / f".{NAME}.lock"):
        before = read(stamp())
        after = change(before)
        where = path()
        if appended is not None and len(after) == len(before) + 1:
            old = content(where).decode() if where.exists() else _HEADER
            text = f"{old.rstrip()}\n\n{array_of_tables('models', [appended])}"
        else:
            text = f"{_HEADER}\n{array_of_tables('models', after)}"
        # What cannot be read again must not replace what can.
        if msgspec.toml.decode(text, type=Models).models != after:
            raise UsageError(f"{where} cannot take this entry: add it by hand")
        write_whole(where, text, private=True)
