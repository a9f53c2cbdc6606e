"""``sanderling router components``: compute the principal components of question vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...disk.whole_file import whole_file
from .. import options, output

EXAMPLES = "Example:  sanderling router components --data station --out minilm-l6-v2-int8.npy"


def components(
    data: Annotated[list[str], typer.Option("--data", help="station, vault, or a folder of questions; repeatable.")],
    out: Annotated[Path, typer.Option(help="Write the table to this .npy file.")],
    json: options.JsonOption = False,
) -> None:
    """Compute the principal components of question vectors.

    The questions are embedded with the configured embedder.
    """
    import numpy as np

    from ...bench_device.routing.directions import directions
    from ...bench_device.routing.sets import read_set
    from ...models import configured
    from ...models.embedder import open_embedder
    from ..progress import bar

    options.require_writable(out)
    embedder = open_embedder(configured.load().embedder)
    with bar("components") as advance:
        table = directions(
            [read_set(name) for name in data], embedder, lambda done, total: advance(done, total, "questions")
        )
    with whole_file(out) as file:
        np.save(file, table, allow_pickle=False)
    if json:
        output.json_line({"embedder": embedder.id, "directions": len(table) - 1, "path": str(out)})
        return
    output.line(f"{len(table) - 1} directions of {table.shape[1]} dimensions for {embedder.id} written to {out}")
