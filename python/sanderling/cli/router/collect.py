"""``sanderling router``: where the router's labels come from, its training on this device, and its export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ... import ranges
from ...disk.whole_file import whole_file
from ...errors import UsageError
from .. import options, output
from . import export as router_export
from . import train as router_train

if TYPE_CHECKING:
    from ...bench_device.routing.collect import Step

app = typer.Typer(
    help="The router: collect what it learns from, train and install it, export what was trained.",
    epilog="Example:  sanderling router collect --data sets/hotpot --ladder open-small --out rows.jsonl",
)
router_export.register(app)
router_train.register(app)


@app.command("collect", epilog="Example:  sanderling router collect --data station --out rows.jsonl")
def collect(
    data: Annotated[list[str], typer.Option("--data", help="station, or a folder of questions; may be given again.")],
    out: Annotated[Path, typer.Option(help="Append to this file; what it holds is not asked again.")],
    ladder: Annotated[str, typer.Option("--ladder", help="Models to ask: lfm2 or open-small.")] = "open-small",
    every: Annotated[
        list[str] | None,
        typer.Option("--every", help="MODEL=N or CONTEXT=N: only each Nth question; may be given again."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Ask this MODEL or CONTEXT only; may be given again.")
    ] = None,
    way: Annotated[str, typer.Option("--way", help="Of searching, as in bench answers.")] = "memory",
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Questions at most.")] = None,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: Annotated[int, options.number(ranges.THREADS, "--threads", help="For each model.")] = 1,
    seed: Annotated[int, options.number(ranges.SEED, help="Of the order of the questions.")] = 0,
    judge_url: Annotated[
        str, typer.Option(help="Also ask for marks here: any OpenAI address, as http://host/v1.")
    ] = "",
    judge_model: Annotated[str, typer.Option(help="Model to ask for marks.")] = "",
    refresh: Annotated[bool, typer.Option("--refresh", help="Only write features anew; no model is asked.")] = False,
    json: options.JsonOption = False,
) -> None:
    """Answer every question with every model and context size, and keep scores, signals and timings; no sentences.

    Runs for hours; may be killed at any moment and goes on where it was when started again with the same options.
    """
    from ...bench_device.routing import collect as collecting
    from ...models import configured
    from ...models.embedder import open_embedder

    options.require_writable(out)
    wanted = collecting.CollectOptions(
        data=tuple(data),
        out=out,
        ladder=ladder,
        engine=engine,
        profile=profile,
        n_threads=threads,
        seed=seed,
        limit=limit,
        every=_every(every or ()),
        only=tuple(only or ()),
        way=way,
        judge_url=judge_url,
        judge_model=judge_model,
    )
    embedder = open_embedder(configured.load().embedder, n_threads=threads)
    if refresh:
        questions = collecting.refresh(wanted, embedder)
        if json:
            output.json_line({"questions": questions, "path": str(out)})
        else:
            output.line(f"the features of {questions} questions were written anew to {out}")
        return
    collecting.collect(wanted, embedder, output.json_line if json else _show)


@app.command("components", epilog="Example:  sanderling router components --data station --out minilm-l6-v2-int8.npy")
def components(
    data: Annotated[list[str], typer.Option("--data", help="station, or a folder of questions; may be given again.")],
    out: Annotated[Path, typer.Option(help="Write the table to this .npy file.")],
    json: options.JsonOption = False,
) -> None:
    """Find the directions in which questions differ most, for the embedder that is configured."""
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


def _every(given: list[str] | tuple[str, ...]) -> dict[str, int]:
    found = {}
    for each in given:
        model, _, n = each.partition("=")
        count = ranges.COUNT.read(n)
        if not model or count is None:
            raise UsageError(f"--every {each[:80]}: write MODEL=N or CONTEXT=N, such as large=4; N is {ranges.COUNT}")
        found[model] = int(count)
    return found


def _show(step: Step) -> None:
    left = f"{step.left_s / 3600:.1f} h" if step.left_s >= 3600 else f"{step.left_s / 60:.0f} min"
    output.line(
        f"{step.questions} of {step.of} questions, {step.answers} answers in {step.elapsed_s / 60:.1f} min, "
        f"{left} left",
        err=True,
    )
