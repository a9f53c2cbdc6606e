"""``sanderling bench router-forward``: the cost of routing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError
from . import options, output


def register(app: typer.Typer) -> None:
    """Add the command to the group ``bench``."""
    app.command("router-forward", epilog="Example:  sanderling bench router-forward --hidden 32")(router_forward)


def router_forward(
    weights: Annotated[Path | None, typer.Option(help="A weights file; default: untrained weights.")] = None,
    hidden: Annotated[int, typer.Option(min=1, max=512, help="Hidden size of untrained weights.")] = 32,
    passes: Annotated[int, typer.Option(min=6, help="Over 1,000 rows each.")] = 50,
    json: options.JsonOption = False,
) -> None:
    """Microseconds of one forward of the router: inside Rust, called from Python, and in onnxruntime if it is there."""
    from sanderling.bench_device import router_forward as bench

    from ..router import fastgrnn

    try:
        of = bench.drawn(hidden) if weights is None else fastgrnn.from_bytes(weights.read_bytes())
    except ValueError as error:
        raise UsageError(f"{weights}: {error}") from error
    report = bench.measure(of, passes)
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        typer.echo("\n" + report.to_markdown())
