"""``sanderling bench compare``: compare two runs of the benchmark, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from .. import options, output

EXAMPLES = "Example:  sanderling bench compare before.jsonl after.jsonl"


def compare(
    a: Annotated[Path, typer.Argument(help="A run, written with --raw.")],
    b: Annotated[Path, typer.Argument(help="Another one.")],
    anyway: Annotated[bool, typer.Option("--anyway", help="Also where settings differ; they are listed.")] = False,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the bootstrap.")] = 0,
    json: options.JsonOption = False,
) -> None:
    """Compare two runs row by row: the ratio B / A, with a bootstrap interval. Refuses runs with different settings."""
    from ...bench_device import compare
    from ...bench_device.report.run import read

    found = compare.compare(read(a), read(b), anyway=anyway, seed=seed)
    if json:
        output.json_line(found)
    else:
        output.text(found.to_markdown())
