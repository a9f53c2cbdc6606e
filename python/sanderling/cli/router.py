"""``sanderling router``: what is done with a trained router beside routing."""

from __future__ import annotations

import typer

from . import router_export

app = typer.Typer(help="The router: export it for other runtimes.", no_args_is_help=True)
router_export.register(app)


@app.callback()
def group() -> None:
    """Keep this a group while it has a single command."""
