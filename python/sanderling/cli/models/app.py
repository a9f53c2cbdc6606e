"""The command group ``sanderling models``."""

from __future__ import annotations

import typer

from . import add, fit, list_models, pull, requantize, rm, synth, verify

app = typer.Typer(
    help="Models and the embedder: list, add, pull, requantize, verify, remove; synthetic ones.", no_args_is_help=True
)
app.command("add", epilog=add.EXAMPLES)(add.add)
app.command("list", epilog=list_models.EXAMPLES)(list_models.list_models)
app.command("fit", epilog=fit.EXAMPLES)(fit.fit)
app.command("pull", epilog=pull.EXAMPLES)(pull.pull)
app.command("requantize", epilog=requantize.EXAMPLES)(requantize.requantize)
app.command("synth", epilog=synth.EXAMPLES)(synth.synth)
app.command("verify", epilog=verify.EXAMPLES)(verify.verify)
app.command("rm", epilog=rm.EXAMPLES)(rm.rm)
