"""``sanderling memory train``: train attention weights on questions with known relevant notes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from ...disk.whole_file import write_whole
from .. import options, output

EXAMPLES = "Example:  sanderling memory train --data sets/hotpot --out attention.weights"


def train(
    data: Annotated[
        list[Path], typer.Option("--data", help="station, vault, or a folder in BEIR layout; may be given again.")
    ],
    out: Annotated[Path, typer.Option(help="File to write; a note on its origin goes beside it, ending in .md.")],
    seed: Annotated[
        int, options.number(ranges.SEED, help="Seed of the folds, the first weights and the order of questions.")
    ] = 0,
    union: Annotated[bool, typer.Option("--union", help="Learn from one memory of all BEIR sets as well.")] = False,
    raw: Annotated[Path | None, typer.Option(help="Write the held-out order of every question to this file.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Train attention weights for the memory, and show the results on held-out questions."""
    import shlex

    import msgspec

    from ...bench_device.retrieval import training
    from ...device.machine import machine_block
    from ...device.profiles import choose
    from ...memory.retrieve.training.export import to_bytes
    from ...memory.retrieve.training.fit import Settings
    from ...models import configured
    from ...models.embedder import open_embedder
    from ..progress import bar

    options.require_writable(out)
    options.require_writable(raw)
    embedder = open_embedder(configured.load().embedder)
    with bar("train") as advance:
        result = training.train(data, embedder, Settings(seed=seed), advance, union=union)
    write_whole(out, to_bytes(result.weights))
    folders = " ".join(f"--data {shlex.quote(folder.name)}" for folder in data) + " --union" * union
    commit = str(machine_block(choose("auto").device)["commit"])
    report = training.note(
        result, f"sanderling memory train {folders} --out {out.name} --seed {seed}", commit, embedder.id
    )
    write_whole(out.with_suffix(".md"), report)
    if raw is not None:
        write_whole(raw, b"\n".join(map(msgspec.json.encode, result.ranked)) + b"\n")
    if json:
        output.json_line({"held_out": result.held_out, "left_out": result.left_out, "epochs": result.epochs})
    else:
        output.text(report)
