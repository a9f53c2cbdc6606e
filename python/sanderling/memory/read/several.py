"""Read a file that holds several documents, such as lines, chats, mails or chapters.

Each has the address of its file, ``#`` and its own name. Files of lines and mailboxes are read as a stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...text.clean import Unreadable
from ..files.walk import MAX_FILE_BYTES, Skipped
from .document import Document, Unchanged
from .enex import parts_of_export
from .mail.mailbox import part_of_message, parts_of_mailbox
from .objects import file as json_file
from .objects.decoded import begins_with_value
from .objects.lines import Lines
from .office import epub
from .part import Bad, Known, Part, documents

LINES = (".jsonl", ".ndjson")


def read_several(path: Path, uri: str, known: Known) -> Iterator[Document | Unchanged | Skipped]:
    """Yield the documents in the file ``path``, then the parts that could not be read.

    ``uri``: the address of the file. ``known`` gives the content hash of an address in the memory, or None. Raises
    Unreadable for a file without any, and OSError.
    """
    yield from documents(_parts(path), uri, known)


def _parts(path: Path) -> Iterator[Part | Bad]:
    suffix = path.suffix.lower()
    if suffix == ".epub":
        yield from epub.parts(path.read_bytes())
        return
    if suffix in (".eml", ".emlx"):
        yield from part_of_message(path.read_bytes())
        return
    if suffix in (".mbox", ".enex"):
        with path.open("rb") as stream:
            yield from parts_of_mailbox(stream) if suffix == ".mbox" else parts_of_export(stream)
        return
    # The name says lines or a value; people and programs take one for the other.
    lines = suffix in LINES
    with path.open("rb") as stream:
        if not begins_with_value(stream, lines=lines) or path.stat().st_size > MAX_FILE_BYTES:
            yield from Lines(stream).parts()
            return
        if not lines:
            yield from json_file.parts(path.read_bytes(), path.parent.name)
            return
        try:
            found = list(json_file.parts(path.read_bytes(), path.parent.name))
        except Unreadable:
            # Its first line is broken, and it is lines after all.
            yield from Lines(stream).parts()
        else:
            yield from found
