"""The text of a note, from a file or from standard input."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import IO

from ...disk.files import content, irregular
from ...errors import UsageError
from ...text.clean import Unreadable
from ...text.encoding.encoding import decode

MAX_BYTES = 16 << 20
"""Maximum size of a note, in bytes."""


def text_of(file: Path | None, stdin: IO[bytes], called: str = "standard input") -> tuple[str, tuple[str, ...]]:
    """Return the note's text and warnings about the text.

    ``file``: None: read ``stdin``, named ``called`` in messages. Raises UsageError if it cannot be read as text.
    """
    if file is None and stdin.isatty():
        raise UsageError("no text: write it behind the command, or give --file or standard input")
    name = str(file) if file is not None else called
    try:
        data = stdin.read(MAX_BYTES + 1) if file is None else _content(file)
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from error
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name}: more than {MAX_BYTES >> 20} MiB are no note: use  sanderling ingest  for documents")
    try:
        text, doubts = decode(data)
    except Unreadable as error:
        raise UsageError(f"{name}: {error}") from error
    return text, tuple(f"{name}: {doubt}" for doubt in doubts)


def text_of_argument(argument: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of a command's argument and warnings about it.

    Where the locale could not decode it, its bytes are read as those of a file are. Raises UsageError as
    :func:`text_of`.
    """
    try:
        argument.encode()
    except UnicodeEncodeError:
        return text_of(None, io.BytesIO(os.fsencode(argument)), "the text")
    return argument, ()


def _content(file: Path) -> bytes:
    if why := irregular(file):
        raise UsageError(f"{file}: {why}")
    return content(file)
