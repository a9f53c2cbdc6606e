"""``sanderling bench memory``: compare the memory's index with other vector indexes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ... import ranges
from ...disk.whole_file import write_whole
from ...errors import UsageError
from ...ranges import Range
from .. import interrupt, options, output

if TYPE_CHECKING:
    from ...bench_device.ann.vectors import Dataset

EXAMPLES = "Example:  sanderling bench memory --generate 20000 --plot recall.svg"

EF_SEARCH = (10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 400)
"""Default beam widths of the search. The first holds just 10 neighbours; the last has a recall near 1."""
RECALLS = (0.95, 0.965, 0.973, 0.991)
"""Default recalls at which queries per second are compared.

They are those of published HNSW figures for sentence vectors.
"""


def memory(
    vectors: Annotated[Path | None, typer.Option(help="A .npy file, a row per vector; some become queries.")] = None,
    beir: Annotated[list[Path] | None, typer.Option(help="A folder in BEIR layout; may be given again.")] = None,
    sentences: Annotated[bool, typer.Option("--sentences", help="With --beir: embed each sentence by itself.")] = False,
    generate: Annotated[
        int | None, options.number(Range(100, 10_000_000), help="Draw N clustered vectors of 384 dimensions.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small settings, some seconds; 3,000 generated vectors if none are given.")
    ] = False,
    search_only: Annotated[
        bool, typer.Option("--search-only", help="Only build, search and open, as for a million vectors.")
    ] = False,
    peer: Annotated[list[str] | None, typer.Option(help="Only this index; may be given again.")] = None,
    queries: Annotated[int, options.number(ranges.COUNT, help="Queries at most.")] = 1000,
    k: Annotated[int, options.number(Range(1, 10_000), help="Neighbours per query.")] = 10,
    m: Annotated[int, options.number(Range(2, 512), help="Links per node.")] = 32,
    ef_construction: Annotated[int, options.number(ranges.NEIGHBOURS, help="Beam while building.")] = 200,
    ef: Annotated[
        list[int] | None, options.number(ranges.NEIGHBOURS, help="Beam while searching; may be given again.")
    ] = None,
    recall: Annotated[
        list[float] | None, options.number(ranges.SHARE, help="Compare QPS at this recall; may be given again.")
    ] = None,
    threads: Annotated[int, options.number(ranges.THREADS, help="Threads while building, where a library can.")] = 1,
    builds: Annotated[int, options.number(ranges.REPETITIONS, help="Builds of each index.")] = 1,
    repetitions: Annotated[int, options.number(ranges.REPETITIONS, help="Passes over all queries for each beam.")] = 5,
    clock: Annotated[
        Literal["wall", "cpu"], typer.Option(help="cpu: on a machine others use too; needs --threads 1.")
    ] = "wall",
    churn_vectors: Annotated[
        int, options.number(Range(0, 10_000_000), help="Vectors at most in the churn; 0: none.")
    ] = 30_000,
    churn_ef: Annotated[int, options.number(ranges.NEIGHBOURS, help="Beam while searching after the churn.")] = 64,
    seed: Annotated[
        int, options.number(ranges.SEED, help="Seed of the vectors, the choice of queries, the churn and the graphs.")
    ] = 0,
    plot: Annotated[Path | None, typer.Option(help="Draw recall against QPS into this SVG file.")] = None,
    raw: Annotated[Path | None, typer.Option(help="Write all samples as JSON lines to this file.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Compare the memory's index with each other installed vector index.

    Recall, QPS, build, inserts, opening, size, filters, threads, churn.
    """
    from ...bench_device.ann.compare import compare
    from ...bench_device.ann.peers import by_name
    from ...bench_device.ann.plot import svg
    from ...bench_device.ann.report import Settings
    from ...bench_device.ann.tables import markdown
    from ..progress import bar

    if clock == "cpu" and threads > 1:
        raise UsageError("--clock cpu adds up the time of all threads: leave --threads at 1, or use the wall clock")
    if quick:
        queries, m, ef_construction, repetitions = min(queries, 200), min(m, 16), min(ef_construction, 100), 3
        generate = 3000 if vectors is None and not beir and generate is None else generate
    try:
        for name in peer or ():
            by_name(name)
    except ValueError as error:
        raise UsageError(str(error)) from error
    settings = Settings(
        k=k,
        m=m,
        ef_construction=ef_construction,
        ef_search=tuple(sorted(set(ef or ((10, 32, 128) if quick else EF_SEARCH)))),
        recalls=tuple(sorted(set(recall or RECALLS))),
        threads=threads,
        builds=builds,
        repetitions=repetitions,
        openings=1 if search_only or quick else 5,
        clock=clock,
        single_inserts=0 if search_only else 1000,
        exact_queries=100,
        filter_shares=() if search_only else (0.5, 0.05, 0.005),
        filter_ef=64,
        parallel_ef=64,
        parallel_build=0 if search_only else 5000,
        domain_vectors=0 if search_only else 30_000,
        churn_vectors=0 if search_only else churn_vectors,
        churn_ef=churn_ef,
        seed=seed,
    )
    with bar("memory") as advance:
        dataset = _dataset(vectors, beir, generate, sentences, queries, seed, advance)
        if len(dataset.base) < 3 * k:
            raise UsageError(f"{len(dataset.base)} vectors are too few to look for the nearest {k}: give more")
        report = compare(dataset, settings, peer or (), advance)
    if plot is not None:
        write_whole(plot, svg(report))
    if raw is not None:
        write_whole(raw, report.raw_jsonl())
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        output.text("\n" + markdown(report))
    interrupt.show_end(report.interrupted)


def _dataset(
    file: Path | None,
    beir: list[Path] | None,
    count: int | None,
    sentences: bool,
    queries: int,
    seed: int,
    advance: Callable[[int, int, str], None],
) -> Dataset:
    from ...bench_device.ann import vectors

    if (file is not None) + bool(beir) + (count is not None) != 1:
        raise UsageError("say what to search: one of --beir FOLDER, --vectors FILE, --generate N, or only --quick")
    if file is not None:
        return vectors.from_file(file, queries, seed)
    if count is not None:
        return vectors.generate(count, queries, seed)
    from ...config import Config
    from ...models.embedder import open_embedder

    embedder = open_embedder(Config().embedder)
    return vectors.from_beir(beir or (), embedder, queries, seed, sentences=sentences, on_progress=advance)
