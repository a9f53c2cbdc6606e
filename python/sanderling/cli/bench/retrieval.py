"""``sanderling bench retrieval``: how well the memory finds every passage that a question needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from ...config import Config
from ...disk.whole_file import write_whole
from .. import interrupt, options, output


def register(app: typer.Typer) -> None:
    """Add the command to the group ``bench``."""
    app.command("retrieval", epilog="Example:  sanderling bench retrieval --data sets/hotpot --raw samples.jsonl")(
        retrieval
    )


def retrieval(
    data: Annotated[list[Path], typer.Option("--data", help="A folder in BEIR layout; may be given again.")],
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Only the first N questions of each.")] = None,
    seed: Annotated[int, options.number(ranges.SEED, help="Of the bootstrap.")] = 0,
    raw: Annotated[Path | None, typer.Option(help="Write one JSON line per way and question to this file.")] = None,
    held_out: Annotated[
        Path | None, typer.Option(help="What  sanderling memory train --raw  wrote: adds rows of questions held out.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw all@5 of every way into this SVG file.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Vectors, words, PageRank, attention and all of it fused, without each part in turn, with bootstrap intervals.

    The memory of a folder is made at the first run, and kept.
    """
    from ...bench_device.retrieval.plot import svg
    from ...bench_device.retrieval.run import compare
    from ...bench_device.retrieval.tables import markdown
    from ...bench_device.retrieval.training import read
    from ...models.embedder import open_embedder
    from ..progress import bar

    options.require_writable(raw)
    options.require_writable(plot)
    ranked = read(held_out) if held_out is not None else ()
    embedder = open_embedder(Config().embedder)
    with bar("retrieval") as advance:
        report = compare(data, embedder, seed=seed, limit=limit, held_out=ranked, on_progress=advance)
    if raw is not None:
        write_whole(raw, report.raw_jsonl())
    if plot is not None:
        write_whole(plot, svg(report))
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        output.text("\n" + markdown(report))
    interrupt.show_end(report.interrupted)
