"""``sanderling router collect``: collect training data for a router: every model's answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ... import ranges
from ...errors import UsageError
from .. import options, output

if TYPE_CHECKING:
    from ...bench_device.routing.collect import Step
    from ...records import ContextBin

EXAMPLES = "Example:  sanderling router collect --data station --out rows.jsonl"


def collect(
    data: Annotated[list[str], typer.Option("--data", help="station, vault, or a folder of questions; repeatable.")],
    out: Annotated[Path, typer.Option(help="Append to this file; what it holds is not asked again.")],
    ladder: Annotated[
        str, typer.Option("--ladder", help="Models to ask: lfm2, lfm2.5, open-small, or your own.")
    ] = "open-small",
    every: Annotated[
        list[str] | None,
        typer.Option("--every", help="MODEL=N or CONTEXT=N: only each Nth question; may be given again."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Ask this MODEL or CONTEXT only; may be given again.")
    ] = None,
    cell: Annotated[
        list[str] | None,
        typer.Option(
            "--cell", help="MODEL:CONTEXT, or MODEL:CONTEXT=N for each Nth question: ask these only; repeatable."
        ),
    ] = None,
    tokens: Annotated[
        list[str] | None, typer.Option("--tokens", help="CONTEXT=N: tokens of that context, not the profile's.")
    ] = None,
    head: Annotated[
        Literal["short", "full"], typer.Option("--head", help="Head of each block: short or full.")
    ] = "short",
    texts: Annotated[
        Path | None, typer.Option("--texts", help="Append the answers' texts here; they are not kept otherwise.")
    ] = None,
    way: Annotated[str, typer.Option("--way", help="Way of searching, as in bench answers.")] = "memory",
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Questions at most.")] = None,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: Annotated[int, options.number(ranges.THREADS, "--threads", help="Threads of each model.")] = 1,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the order of the questions.")] = 0,
    judge_url: Annotated[
        str, typer.Option(help="Also ask for marks here: any OpenAI address, as http://host/v1.")
    ] = "",
    judge_model: Annotated[str, typer.Option(help="Model to ask for marks.")] = "",
    refresh: Annotated[bool, typer.Option("--refresh", help="Only write features anew; no model is asked.")] = False,
    json: options.JsonOption = False,
) -> None:
    """Answer every question with every model and context size.

    Scores, signals and timings are kept, but no text. Runs for hours; if killed, it resumes when it is started again
    with the same options.
    """
    from ...bench_device.routing import collect
    from ...models import configured
    from ...models.embedder import open_embedder

    options.require_writable(out)
    if texts is not None:
        options.require_writable(texts)
    chosen = collect.CollectOptions(
        data=tuple(data),
        out=out,
        ladder=ladder,
        engine=engine,
        profile=profile,
        n_threads=threads,
        seed=seed,
        limit=limit,
        every=options.counts("--every", every or (), "MODEL=N or CONTEXT=N, such as large=4"),
        only=tuple(only or ()),
        cells=options.counts("--cell", cell or (), "MODEL:CONTEXT or MODEL:CONTEXT=N", alone=1),
        tokens=_tokens(tokens or ()),
        head=head,
        texts=texts,
        way=way,
        judge_url=judge_url,
        judge_model=judge_model,
    )
    embedder = open_embedder(configured.load().embedder, n_threads=threads)
    if refresh:
        questions = collect.refresh(chosen, embedder)
        if json:
            output.json_line({"questions": questions, "path": str(out)})
        else:
            output.line(f"the features of {questions} questions were written anew to {out}")
        return
    collect.collect(chosen, embedder, output.json_line if json else _print_step)


def _tokens(given: Sequence[str]) -> dict[ContextBin, int]:
    from ...records import CONTEXT_BINS  # loads NumPy, which --help does without

    wanted = options.counts("--tokens", given, "CONTEXT=N, such as large=1536")
    if unknown := set(wanted) - set(CONTEXT_BINS):
        raise UsageError(f"--tokens {', '.join(sorted(unknown))}: the contexts are {', '.join(CONTEXT_BINS)}")
    return {name: tokens for name in CONTEXT_BINS if (tokens := wanted.get(name)) is not None}


def _print_step(step: Step) -> None:
    left = f"{step.left_s / 3600:.1f} h" if step.left_s >= 3600 else f"{step.left_s / 60:.0f} min"
    output.line(
        f"{step.questions} of {step.of} questions, {step.answers} answers in {step.elapsed_s / 60:.1f} min, "
        f"{left} left",
        err=True,
    )
