"""``sanderling bench retrieval``: measure how often search finds every relevant note."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from ...disk.whole_file import write_whole
from .. import interrupt, options, output

EXAMPLES = "Example:  sanderling bench retrieval --data sets/hotpot --raw samples.jsonl"


def retrieval(
    data: Annotated[
        list[str], typer.Option("--data", help="station, vault, or a folder in BEIR layout; may be given again.")
    ],
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Only the first N questions of each.")] = None,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the bootstrap.")] = 0,
    raw: Annotated[Path | None, typer.Option(help="Write one JSON line per way and question to this file.")] = None,
    held_out: Annotated[
        Path | None, typer.Option(help="A file of  sanderling memory train --raw : adds rows of held-out questions.")
    ] = None,
    union: Annotated[bool, typer.Option("--union", help="Ask all again in one memory of all sets.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw all@5 of every way into this SVG file.")] = None,
    embedder_id: Annotated[str | None, typer.Option("--embedder", help="Id of an embedder; the default one.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Compare search by vectors, words, PageRank, attention, and their fusion.

    The fusion is also measured without each of its parts. Intervals are bootstrap. The memory of a folder is made at
    the first run, and kept for later ones.
    """
    from ...bench_device.retrieval.plot import svg
    from ...bench_device.retrieval.run import compare
    from ...bench_device.retrieval.tables import markdown
    from ...bench_device.retrieval.training import read
    from ...config import Config
    from ...models.embedder import open_embedder
    from ..progress import bar

    options.require_writable(raw)
    options.require_writable(plot)
    ranked = read(held_out) if held_out is not None else ()
    embedder = open_embedder(embedder_id or Config().embedder)
    with bar("retrieval") as advance:
        report = compare(data, embedder, seed=seed, limit=limit, held_out=ranked, union=union, on_progress=advance)
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
