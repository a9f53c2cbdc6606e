"""Prints results as text or JSON, and errors in one line.

With ``--json`` a result is one JSON value. Results go to stdout; progress, warnings and errors go to stderr, so that a
pipe gets results only. Commands print only through this module, because titles, file names, answers and messages may
hold control characters, which are escaped here (:mod:`sanderling.cli.escape`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

import typer

from .escape import shown, shown_json, shown_line


def line(words: str = "", *, err: bool = False) -> None:
    """Print one line; line breaks in ``words`` are escaped."""
    typer.echo(shown_line(words), err=err)


def text(words: str, *, end: str = "\n", err: bool = False) -> None:
    """Print a text, which may have several lines."""
    typer.echo(shown(words) + end, nl=False, err=err)


def part(words: str) -> None:
    """Print a part of an answer that is still being generated."""
    text(words, end="")


def json_line(value: Any) -> None:
    """Print a record, list or dict as one line of JSON; paths become strings."""
    encoded = getattr(value, "encoded", None)  # a reply of the service, which is JSON already
    if encoded is not None:
        json_text(f"{encoded}\n")
        return
    import msgspec

    try:
        encoded = msgspec.json.encode(value, enc_hook=os.fspath).decode()
    except UnicodeEncodeError:  # a file name that is not UTF-8: msgspec refuses it, JSON can escape it
        import json

        encoded = json.dumps(msgspec.to_builtins(value, enc_hook=os.fspath), separators=(",", ":"))
    json_text(encoded + "\n")


def json_text(encoded: str) -> None:
    """Print a text that is already JSON."""
    # As bytes: JSON is UTF-8, whatever the terminal's encoding is.
    typer.echo(shown_json(encoded).encode(), nl=False)


def failure(error: Exception) -> None:
    """Print an error as JSON instead of the result."""
    json_line({"error": {"type": type(error).__name__, "message": str(error)}})


def error(words: str) -> None:
    """Print on stderr, in one line, why a command failed."""
    line(f"error: {words}", err=True)


def warn(words: str) -> None:
    """Print a warning on stderr, in one line."""
    line(f"note: {words}", err=True)


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print left-aligned columns."""
    lines = [[shown_line(cell) for cell in cells] for cells in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for cells in lines:
        line("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def mebibytes(count: float) -> str:
    """Return a number of bytes as whole MiB."""
    return f"{count / 2**20:,.0f} MiB"


def facts(values: Mapping[str, Any]) -> None:
    """Print each name in ``values`` with its value, one per line. Values that are None or empty lists are left out."""
    import msgspec

    for name, value in values.items():
        if value is not None and value != []:
            line(f"{name:18} {value if isinstance(value, str) else msgspec.json.encode(value).decode()}")


def confirm(question: str) -> bool:
    """Ask a yes-or-no question; return whether the answer is yes."""
    return typer.confirm(shown_line(question))


def typed(prompt: str) -> str:
    """Print ``prompt`` and return the line that the user types. Raises EOFError at the end of the input."""
    return input(shown(prompt))


def in_place(words: str) -> None:
    """Replace the last line of the terminal with ``words``.

    stderr must be a terminal. Empty ``words`` erase the line.
    """
    # Return to the first column, erase the line.
    sys.stderr.write(f"\r\x1b[K{shown_line(words)[:100]}")
    sys.stderr.flush()
