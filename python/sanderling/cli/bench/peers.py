"""``sanderling bench peers``: compare Sanderling with similar programs.

They are programs that a user would pick instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from ... import ranges
from .. import interrupt, options, output

EXAMPLES = "Example:  sanderling bench peers --model qwen2.5-coder-0.5b --data station --limit 20"


def peers(
    model: Annotated[str, typer.Option("--model", help="A model id or .gguf file, the same for all.")],
    workload: Annotated[
        list[str] | None,
        typer.Option(
            "--workload", "--data", help="station (the default), vault, or a folder in BEIR layout; may be given again."
        ),
    ] = None,
    peer: Annotated[
        list[str] | None,
        typer.Option(help="Only this one: langchain-chroma, txtai, txtai-graph; may be given again."),
    ] = None,
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Only N questions of each set, drawn.")] = None,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the drawing and the bootstrap.")] = 0,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            help="Of ours: auto unless given. Given again: further rows, which tell the engine's share from the rest."
        ),
    ] = None,
    threads: Annotated[int, options.number(ranges.THREADS, help="For the model and the embedder of each.")] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make the environments of the peers anew.")] = False,
    raw: Annotated[
        Path | None, typer.Option("--raw", help="Write a line per answer to this file; an ended run goes on from it.")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Compare Sanderling with txtai and LangChain on the same model, notes and questions.

    LangChain searches with Chroma. Each of the two is installed from the package index into an environment of its own
    in the data folder (txtai takes gigabytes), and runs with its documented defaults, greedily. Nothing else is
    downloaded: all use our embedder.
    """
    from ...bench_device.peers.catalogue import NAMES
    from ...bench_device.peers.measure import PeersOptions, measure_peers
    from ...engines import EngineName
    from ..progress import bar

    options.require_writable(raw)
    wanted = PeersOptions(
        data=tuple(workload or ("station",)),
        model=model,
        peers=tuple(peer or NAMES),
        engines=options.some_of("--engine", engine or ["auto"], {name: name for name in get_args(EngineName)}),
        n_threads=threads,
        limit=limit,
        seed=seed,
        fresh=fresh,
        raw=raw,
    )
    with bar("peers") as advance:
        report = measure_peers(wanted, advance)
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        output.text(report.to_markdown())
    interrupt.show_end(report.interrupted)
