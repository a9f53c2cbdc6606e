"""How commands speak: text on a terminal, one JSON value with ``--json``, errors in one line.

Results go to stdout; progress, warnings and errors go to stderr, so that a pipe gets results only.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import msgspec
import typer


def json_line(value: Any) -> None:
    """Print a record, list or dict as one line of JSON."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


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
