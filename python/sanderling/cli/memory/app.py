"""The command group ``sanderling memory``."""

from __future__ import annotations

import typer

from . import (
    add,
    compact,
    export,
    forget,
    import_lines,
    learn,
    prune,
    reembed,
    repair,
    show,
    stats,
    tidy,
    train,
    verify,
)

app = typer.Typer(
    help="Look after a memory: show, add, export, import, forget, verify, repair, stats, compact, …",
    no_args_is_help=True,
)
app.command("show", epilog=show.EXAMPLES)(show.show)
app.command("add", epilog=add.EXAMPLES)(add.add)
app.command("export", epilog=export.EXAMPLES)(export.export)
app.command("import", epilog=import_lines.EXAMPLES)(import_lines.import_lines)
app.command("forget", epilog=forget.EXAMPLES)(forget.forget)
app.command("verify", epilog=verify.EXAMPLES)(verify.verify)
app.command("repair", epilog=repair.EXAMPLES)(repair.repair)
app.command("stats", epilog=stats.EXAMPLES)(stats.stats)
app.command("compact", epilog=compact.EXAMPLES)(compact.compact)
app.command("reembed", epilog=reembed.EXAMPLES)(reembed.reembed)
app.command("prune", epilog=prune.EXAMPLES)(prune.prune)
app.command("tidy", epilog=tidy.EXAMPLES)(tidy.tidy)
app.command("learn", epilog=learn.EXAMPLES)(learn.learn)
app.command("train", epilog=train.EXAMPLES)(train.train)
