"""``sanderling bench hub``: compare the CPU time of a pull with that of an ingest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from .. import options, output

EXAMPLES = "Example:  SANDERLING_HUB=postgresql://localhost/notes sanderling bench hub --data sets/hotpot --limit 10000"


def hub(
    data: Annotated[Path, typer.Option("--data", help="A folder in BEIR layout, with corpus.jsonl.")],
    limit: Annotated[int | None, options.number(ranges.COUNT, "--limit", help="Only the first N passages.")] = None,
    embedder_id: Annotated[str | None, typer.Option("--embedder", help="Id of an embedder; the default one.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Compare the CPU time of pulling notes from a hub and of ingesting the same notes.

    The notes are ingested and pushed, then pulled into new memories. Needs a hub that you own.
    """
    from ...bench_device.hub.pull_cost import measure
    from ...config import Config
    from ...models.embedder import open_embedder
    from ..progress import bar

    embedder = open_embedder(embedder_id or Config().embedder)
    with bar("hub") as advance:
        cost = measure(data / "corpus.jsonl", embedder, limit=limit, on_progress=advance)
    if json:
        output.json_line(cost)
        return
    output.facts(cost.machine)
    output.line()
    output.line(
        f"{cost.name}: {cost.documents:,} documents, {cost.nodes:,} nodes, {cost.edges:,} edges, {cost.embedder}; "
        "CPU time of the device"
    )
    output.table(
        ("", "CPU s", "OF INGEST"),
        [
            ("ingest", f"{cost.ingest_cpu_s:.1f}", ""),
            ("push", f"{cost.push_cpu_s:.1f}", f"{cost.push_cpu_s / cost.ingest_cpu_s:.3f}"),
            ("pull, edges taken over", f"{cost.pull_cpu_s:.1f}", f"{cost.share:.3f}"),
            ("pull, edges drawn", f"{cost.pull_drawing_cpu_s:.1f}", f"{cost.share_drawing:.3f}"),
        ],
    )
