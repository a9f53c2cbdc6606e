"""``sanderling bench ingest``: compare ingest's speed with the embedder's, and time linking and search."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ... import ranges
from ...errors import UsageError
from ...ranges import Range
from .. import interrupt, options, output

if TYPE_CHECKING:
    from ...bench_device.ingest.growth import Growth
    from ...bench_device.ingest.speed import IngestSpeed


EXAMPLES = "Example:  sanderling bench ingest --data sets/hotpot --generate 100000"


def ingest(
    data: Annotated[
        list[Path] | None, typer.Option("--data", help="A folder in BEIR layout; may be given again.")
    ] = None,
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Only the first N passages of each.")] = None,
    generate: Annotated[
        int | None,
        options.number(Range(100, 10_000_000), help="Also let a memory grow by N generated documents, and search it."),
    ] = None,
    questions: Annotated[int, options.number(ranges.COUNT, help="Questions asked of the grown memory.")] = 300,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the generated documents.")] = 0,
    embedder_id: Annotated[str | None, typer.Option("--embedder", help="Id of an embedder; the default one.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Compare ingest's speed with the embedder's, and time linking and search as a memory grows."""
    from ...bench_device.ingest.growth import grow
    from ...bench_device.ingest.speed import measure
    from ...config import Config
    from ...models.embedder import open_embedder
    from ..progress import bar

    if not data and generate is None:
        raise UsageError("nothing to ingest: give --data FOLDER, --generate N, or both")
    machine_shown = json
    for folder in data or ():
        embedder = open_embedder(embedder_id or Config().embedder)
        with bar("ingest") as advance:
            speed = measure(folder / "corpus.jsonl", embedder, limit=limit, on_progress=advance)
        if json:
            output.json_line(speed)
        else:
            if not machine_shown:
                output.facts(speed.machine)
                machine_shown = True
            _show_speed(speed)
        interrupt.show_end(speed.interrupted)
    if generate is None:
        return
    with bar("grow") as advance:
        growth = grow(generate, questions, seed=seed, on_progress=advance)
    if json:
        output.json_line(growth)
    else:
        if not machine_shown:
            output.facts(growth.machine)
        _show_growth(growth)
    interrupt.show_end(growth.interrupted)


def _show_speed(speed: IngestSpeed) -> None:
    output.line()
    output.line(
        f"{speed.name}: {speed.pieces:,} pieces, edges "
        + (", ".join(f"{count} {name}" for name, count in speed.edges.items()) or "none")
        + f"; medians of {len(speed.slices)} slices, one thread"
    )
    output.table(
        ("", "PIECES/S", "OF THE EMBEDDER'S SPEED", "BY CPU TIME", "LINKING ADDS", "BY CPU TIME"),
        [
            ("embedder alone", f"{speed.embedder_per_s:.1f}", "", "", "", ""),
            (
                "ingest",
                f"{speed.ingest_per_s:.1f}",
                f"{speed.share:.3f}",
                f"{speed.share_cpu:.3f}",
                f"{speed.linking:.3f}",
                f"{speed.linking_cpu:.3f}",
            ),
        ],
    )


def _show_growth(growth: Growth) -> None:
    output.line()
    output.line(f"{growth.documents:,} generated documents, seed {growth.seed}; CPU time of one document")
    output.table(
        ("DOCUMENTS", "LINKING ms", "REST ms (no embedding)"),
        [(f"{step.documents:,}", f"{step.linking_ms:.2f}", f"{step.rest_ms:.2f}") for step in growth.steps],
    )
    output.line()
    output.line(f"{growth.questions} questions with their vectors ready, one thread")
    output.table(
        ("", "P50 ms", "P90 ms"),
        [
            (name, f"{taken.p50:.2f}", f"{taken.p90:.2f}")
            for name, taken in (("search, attend", growth.retrieve_ms), ("and words, titles, fused", growth.find_ms))
            if taken is not None
        ],
    )
    if growth.cpu_ms:
        output.line()
        output.line("CPU time of one search with its vector ready, the least of five a question")
        output.table(
            ("", "P50 ms", "P95 ms"),
            [(name, f"{cpu.p50:.2f}", f"{cpu.p95:.2f}") for name, cpu in growth.cpu_ms.items()],
        )
    if growth.opening is not None:
        opening = growth.opening
        output.line()
        output.line(
            f"opened in {opening.open_ms:.0f} ms of CPU time, its word table ({opening.words_bytes / 1e6:.1f} MB) in "
            f"{opening.words_ms:.1f} ms with {opening.words_resident_bytes / 2**20:.1f} MiB of RAM"
        )
