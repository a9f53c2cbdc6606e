"""The command ``sanderling``: all commands and groups, and ``--version``.

Making all of them takes longer than most of them run, so a command line that names one has only that one made.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import typer

from . import output

NAMES = (
    *("ingest", "watch", "ask", "search", "chat", "memory", "cache", "models", "profile", "router", "doctor", "log"),
    *("bench", "route", "serve", "mcp", "hub", "tune"),
)
"""Names of the commands and groups in the order of ``--help``. Each module has the name of its command."""


def named(arguments: Sequence[str]) -> str | None:
    """Return the command or group at the start of a command line, or None."""
    return arguments[0] if arguments and arguments[0] in NAMES else None


def build(only: str | None = None) -> typer.Typer:
    """Build the command ``sanderling``. ``only``: the one command or group to make; None: all."""
    app = typer.Typer(
        name="sanderling",
        help="Ask your notes, offline. A small model reasons, a graph memory remembers, a router decides.",
        epilog="Start:  sanderling models pull lfm2-350m;  sanderling ingest ~/notes;  sanderling ask 'Where is …?'",
        no_args_is_help=True,
        rich_markup_mode=None,  # rich costs 100 ms at start
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback(invoke_without_command=True)(version)
    for name in NAMES if only is None else (only,):
        module = import_module(f".{name}", __package__)
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name, epilog=module.EXAMPLES)(getattr(module, name))
    return app


def version(
    show: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    """Print the version and exit, if ``--version`` is given."""
    if show:
        from .._core import __version__

        output.line(f"sanderling {__version__}")
        raise typer.Exit
