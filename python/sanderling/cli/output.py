"""How commands speak: text on a terminal, one JSON value with ``--json``, errors in one line.

Results go to stdout; progress, warnings and errors go to stderr, so that a pipe gets results only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec
import typer


def json_line(value: Any) -> None:
    """Print a record, list or dict as one line of JSON; paths become strings."""
    # As bytes: JSON is UTF-8, whatever the terminal's encoding is.
    typer.echo(msgspec.json.encode(value, enc_hook=os.fspath))


def failure(error: Exception) -> None:
    """Print an error as the JSON value that stands in the place of a result."""
    json_line({"error": {"type": type(error).__name__, "message": one_line(error)}})


def one_line(error: Exception) -> str:
    """Return an error's text without the line breaks that a path or a library's own message may bring along."""
    return " ".join(str(error).splitlines())


def warn(text: str) -> None:
    """Say something the user should know, beside the result."""
    typer.echo(f"note: {text}", err=True)


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print left-aligned columns."""
    widths = [max(len(line[i]) for line in (header, *rows)) for i in range(len(header))]
    for line in (header, *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def mebibytes(count: float) -> str:
    """Bytes as MiB, for tables."""
    return f"{count / 2**20:,.0f} MiB"


def facts(values: Mapping[str, Any]) -> None:
    """Print a machine block: one fact a line, unknown ones left out."""
    for name, value in values.items():
        if value is not None and value != []:
            typer.echo(f"{name:18} {value if isinstance(value, str) else msgspec.json.encode(value).decode()}")
