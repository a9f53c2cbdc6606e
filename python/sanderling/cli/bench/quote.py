"""``sanderling bench quote``: measure how fast and how well a sentence is quoted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from ...disk.whole_file import write_whole
from .. import interrupt, options, output

EXAMPLES = "Example:  sanderling bench quote --data station --data vault --raw samples.jsonl"


def quote(
    data: Annotated[
        list[str] | None,
        typer.Option("--data", help="station, vault, or a folder in BEIR layout; may be given again. Default: both."),
    ] = None,
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Only the first N questions of each.")] = None,
    threads: options.ThreadsOption = 1,
    raw: Annotated[Path | None, typer.Option(help="Write one JSON line per question to this file.")] = None,
    embedder_id: Annotated[str | None, typer.Option("--embedder", help="Id of an embedder; the default one.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Measure the speed, accuracy and confidence of the quoted sentence.

    It is the sentence of the notes that is shown at once. The last line has the weights of the confidence fitted to all
    questions asked. The memory of a folder is made at the first run, and kept for later ones.
    """
    import msgspec

    from ...bench_device.quote.report import run
    from ...bench_device.quote.tables import markdown
    from ...config import Config
    from ...models.embedder import open_embedder
    from ..progress import bar

    options.require_writable(raw)
    embedder = open_embedder(embedder_id or Config().embedder, n_threads=threads or 1)
    with bar("quote") as advance:
        report = run(data or ("station", "vault"), embedder, limit=limit, on_progress=advance)
    if raw is not None:
        write_whole(raw, "".join(f"{msgspec.json.encode(each).decode()}\n" for each in report.samples))
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        output.text("\n" + markdown(report))
    interrupt.show_end(report.interrupted)
