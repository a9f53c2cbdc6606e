"""The command line: ``sanderling COMMAND``, one module per command.

The modules imported here import nothing heavy at their top; each command imports what it needs when it runs, so that
``--help`` stays fast. An error of ours becomes one line and an exit code (:mod:`sanderling.errors`); only a bug shows a
traceback.
"""

from __future__ import annotations

import sys

import typer

from ..errors import SanderlingError
from . import ask, bench, chat, doctor, ingest, log, models, output, profile

app = typer.Typer(
    name="sanderling",
    help="Ask your notes, offline. A small model reasons, a graph memory remembers, a router decides.",
    epilog="Start:  sanderling models pull lfm2-350m;  sanderling ingest ~/notes;  sanderling ask 'Where is …?'",
    no_args_is_help=True,
    rich_markup_mode=None,  # rich costs 100 ms at start
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("ingest", epilog=ingest.EXAMPLES)(ingest.ingest)
app.command("ask", epilog=ask.EXAMPLES)(ask.ask)
app.command("chat", epilog=chat.EXAMPLES)(chat.chat)
app.add_typer(models.app, name="models")
app.add_typer(profile.app, name="profile")
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.command("log", epilog=log.EXAMPLES)(log.log)
app.add_typer(bench.app, name="bench")


@app.callback(invoke_without_command=True)
def version(
    show: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    """Ask your notes, offline."""
    if show:
        from .._core import __version__

        typer.echo(f"sanderling {__version__}")
        raise typer.Exit


def run(command: typer.Typer) -> None:
    """Run a command line; our errors become one line on stderr, with ``--json`` also a JSON value on stdout."""
    try:
        command()
    except SanderlingError as error:
        if "--json" in sys.argv:
            output.json_line({"error": {"type": type(error).__name__, "message": str(error)}})
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of a pipe went away; there is nobody left to tell.
        sys.stderr.close()
        sys.exit(1)


def main() -> None:
    """The entry point of the ``sanderling`` script."""
    run(app)
