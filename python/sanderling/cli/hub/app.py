"""The command group ``sanderling hub``."""

from __future__ import annotations

import typer

from . import init, pull, push, search, status, sync

app = typer.Typer(
    help="Exchange notes with other devices through a PostgreSQL database: init, push, pull, sync, status, search.",
    no_args_is_help=True,
)
app.command("init", epilog=init.EXAMPLES)(init.init)
app.command("push", epilog=push.EXAMPLES)(push.push)
app.command("pull", epilog=pull.EXAMPLES)(pull.pull)
app.command("sync", epilog=sync.EXAMPLES)(sync.sync)
app.command("status", epilog=status.EXAMPLES)(status.status)
app.command("search", epilog=search.EXAMPLES)(search.search)
