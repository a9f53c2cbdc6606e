"""The command ``sanderling``: all commands and groups, and ``--version``."""

from __future__ import annotations

import typer

from . import ask, bench, cache, chat, doctor, ingest, log, memory, models, output, profile, route, router, search

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
app.command("search", epilog=search.EXAMPLES)(search.search)
app.command("chat", epilog=chat.EXAMPLES)(chat.chat)
app.add_typer(memory.app, name="memory")
app.add_typer(cache.app, name="cache")
app.add_typer(models.app, name="models")
app.add_typer(profile.app, name="profile")
app.add_typer(router.app, name="router")
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.add_typer(log.app, name="log")
app.add_typer(bench.app, name="bench")
app.command("route", epilog=route.EXAMPLES)(route.route)


@app.callback(invoke_without_command=True)
def version(
    show: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    """Ask your notes, offline."""
    if show:
        from .._core import __version__

        output.line(f"sanderling {__version__}")
        raise typer.Exit
