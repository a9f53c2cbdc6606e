"""How commands speak: text on a terminal, one JSON value with ``--json``, errors in one line.

Results go to stdout; progress, warnings and errors go to stderr, so that a pipe gets results only. Every command prints
here and nowhere else, because titles, file names, answers and messages may hold what a terminal would obey
(:mod:`.escape`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

import msgspec
import typer

from .escape import shown, shown_json, shown_line


def line(words: str = "", *, err: bool = False) -> None:
    """Print one line, whatever ``words`` hold."""
    typer.echo(shown_line(words), err=err)


def text(words: str, *, end: str = "\n", err: bool = False) -> None:
    """Print what may have several lines: an answer or a piece of it, a report."""
    typer.echo(shown(words) + end, nl=False, err=err)


def piece(words: str) -> None:
    """Print a piece of an answer as it comes."""
    text(words, end="")


def json_line(value: Any) -> None:
    """Print a record, list or dict as one line of JSON; paths become strings."""
    try:
        encoded = msgspec.json.encode(value, enc_hook=os.fspath).decode()
    except UnicodeEncodeError:  # a file name that is no UTF-8; msgspec refuses what JSON can say with escapes
        encoded = json.dumps(msgspec.to_builtins(value, enc_hook=os.fspath), separators=(",", ":"))
    json_text(encoded + "\n")


def json_text(encoded: str) -> None:
    """Print JSON that is made already."""
    # As bytes: JSON is UTF-8, whatever the terminal's encoding is.
    typer.echo(shown_json(encoded).encode(), nl=False)


def failure(error: Exception) -> None:
    """Print an error as the JSON value that stands in the place of a result."""
    json_line({"error": {"type": type(error).__name__, "message": str(error)}})


def error(words: str) -> None:
    """Say in one line on stderr why a command ended."""
    line(f"error: {words}", err=True)


def warn(words: str) -> None:
    """Say something the user should know, beside the result."""
    line(f"note: {words}", err=True)


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print left-aligned columns."""
    lines = [[shown_line(cell) for cell in cells] for cells in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for cells in lines:
        line("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def mebibytes(count: float) -> str:
    """Bytes as MiB, for tables."""
    return f"{count / 2**20:,.0f} MiB"


def facts(values: Mapping[str, Any]) -> None:
    """Print a machine block: one fact a line, unknown ones left out."""
    for name, value in values.items():
        if value is not None and value != []:
            line(f"{name:18} {value if isinstance(value, str) else msgspec.json.encode(value).decode()}")


def confirm(question: str) -> bool:
    """Ask for yes or no."""
    return typer.confirm(shown_line(question))


def typed(prompt: str) -> str:
    """Read the line that the user writes behind ``prompt``. Raises EOFError at the end of the input."""
    return input(shown(prompt))


def in_place(words: str) -> None:
    """Write one line of stderr over the one written so before, empty: wipe it; only for terminals."""
    # Return to the first column, erase the line.
    sys.stderr.write(f"\r\x1b[K{shown_line(words)[:100]}")
    sys.stderr.flush()
