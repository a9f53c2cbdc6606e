"""``sanderling bench answers``: measure how well a model answers the questions of a workload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ... import ranges
from ...errors import UsageError
from .. import interrupt, options, output

if TYPE_CHECKING:
    from ...bench_device.answers.packing import PackingReport
    from ...bench_device.answers.report import AnswersReport


EXAMPLES = "Example:  sanderling bench answers --data sets/2wiki --way dense --way memory --model qwen2.5-coder-0.5b"


def answers(
    model: Annotated[list[str], typer.Option("--model", help="A model id or .gguf file; may be given again.")],
    workload: Annotated[
        str, typer.Option("--workload", "--data", help="station, vault, or a folder in BEIR layout.")
    ] = "station",
    way: Annotated[
        list[str] | None,
        typer.Option(help="How notes are found: memory (the default), dense, BM25 …; may be given again, to compare."),
    ] = None,
    context: Annotated[
        # As records.ContextBin, whose module imports numpy and would slow `--help` down.
        Literal["tiny", "small", "medium", "large"] | None,
        typer.Option(help="Fix the context size; default: the router's choice."),
    ] = None,
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Only the first N questions.")] = None,
    sample: Annotated[int | None, options.number(ranges.COUNT, help="Only N questions, drawn with --seed.")] = None,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the sample and the bootstrap.")] = 0,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    raw: Annotated[
        Path | None, typer.Option(help="Write one JSON line per question to this file; an ended run goes on from it.")
    ] = None,
    dry: Annotated[
        bool,
        typer.Option("--dry", help="Ask no model: how often is the answer in the context at 256, 512, 1024 tokens?"),
    ] = False,
    json: options.JsonOption = False,
) -> None:
    """Measure retrieval recall and answer quality (EM, F1, contains) over a workload, with bootstrap intervals.

    Decoding is greedy. With several --way each question is asked once for each, and the others are compared with the
    first. With --dry only the tokenizer of the first --model is used.
    """
    from ...bench_device.answers.measure import evaluate_models
    from ...bench_device.answers.open_workload import DEFAULT_WAY
    from ...bench_device.answers.packing import evaluate_packing
    from ..progress import bar

    options.require_writable(raw)
    if dry and (raw or context):
        raise UsageError("--dry asks nothing: leave --raw and --context out")
    ways = tuple(dict.fromkeys(way or (DEFAULT_WAY,)))
    report: AnswersReport | PackingReport
    with bar("answers") as advance:
        if dry:
            report = evaluate_packing(
                workload,
                model[0],
                ways=ways,
                engine=engine,
                profile=profile,
                n_threads=threads,
                limit=limit,
                sample=sample,
                seed=seed,
                on_progress=advance,
            )
        else:
            report = evaluate_models(
                workload,
                model,
                ways=ways,
                engine=engine,
                profile=profile,
                n_threads=threads,
                context=context,
                limit=limit,
                sample=sample,
                seed=seed,
                raw=raw,
                on_progress=advance,
            )
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        output.text(report.to_markdown())
    interrupt.show_end(report.interrupted)
