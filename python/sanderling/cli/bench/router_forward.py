"""``sanderling bench router-forward``: time one forward pass of the router."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import UsageError
from ...ranges import Range
from .. import interrupt, options, output

EXAMPLES = "Example:  sanderling bench router-forward --hidden 32"


def router_forward(
    weights: Annotated[Path | None, typer.Option(help="A weights file; default: untrained weights.")] = None,
    hidden: Annotated[int, options.number(Range(1, 512), help="Hidden size of untrained weights.")] = 32,
    passes: Annotated[int, options.number(Range(6, 1_000_000), help="Passes over 1,000 rows each.")] = 50,
    json: options.JsonOption = False,
) -> None:
    """Time one forward pass of the router in Rust, Python and onnxruntime.

    onnxruntime only if it is installed.
    """
    from ...bench_device import router_forward
    from ...router import fastgrnn

    try:
        of = router_forward.drawn(hidden) if weights is None else fastgrnn.from_bytes(weights.read_bytes())
    except ValueError as error:
        raise UsageError(f"{weights}: {error}") from error
    report = router_forward.measure(of, passes)
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        output.text("\n" + report.to_markdown())
    interrupt.show_end(report.interrupted)
