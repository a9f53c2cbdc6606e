"""The command group ``sanderling router``."""

from __future__ import annotations

import typer

from . import collect, components, export, rollback, show, train

app = typer.Typer(
    help="The router: collect what it learns from, train and install it, export what was trained.",
    epilog="Example:  sanderling router collect --data sets/hotpot --ladder open-small --out rows.jsonl",
)
app.command("collect", epilog=collect.EXAMPLES)(collect.collect)
app.command("components", epilog=components.EXAMPLES)(components.components)
app.command("train", epilog=train.EXAMPLES)(train.train)
app.command("show", epilog=show.EXAMPLES)(show.show)
app.command("rollback", epilog=rollback.EXAMPLES)(rollback.rollback)
app.command("export", epilog=export.EXAMPLES)(export.export)
