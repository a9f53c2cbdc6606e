"""``sanderling bench answers``: measure how well a model answers the questions of a workload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import structs

from ... import ranges
from ...errors import UsageError
from .. import interrupt, options, output
from ..log_judge import JudgeModelOption
from .marks import marked, require_allowed
from .systems import (
    DataOption,
    EveryOption,
    QuestionsOption,
    RouterOption,
    SystemsOption,
    refuse_without_systems,
    run_systems,
)

if TYPE_CHECKING:
    from ...bench_device.answers.packing import PackingReport


EXAMPLES = (
    "Examples:  sanderling bench answers --data sets/2wiki --way dense --way memory --model qwen2.5-coder-0.5b"
    "   |   sanderling bench answers --systems all --data station --data vault --raw rows.jsonl"
)


def answers(
    model: Annotated[
        list[str] | None,
        typer.Option("--model", help="A model id or .gguf file; may be given again. Needed without --systems."),
    ] = None,
    workload: DataOption = None,
    way: Annotated[
        list[str] | None,
        typer.Option(help="How notes are found: memory (the default), dense, BM25 …; may be given again, to compare."),
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option(
            help="Fix the context size: tiny, small, medium, large or, the default, router for its choice. May be given"
            " again, to compare."
        ),
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
    systems: SystemsOption = None,
    router: RouterOption = None,
    every: EveryOption = None,
    questions: QuestionsOption = None,
    ladder: options.LadderOption = None,
    judge: Annotated[
        str, typer.Option("--judge", help="Also mark each answer from 1 to 5: local, or any OpenAI address.")
    ] = "",
    judge_model: JudgeModelOption = "",
    privacy: options.PrivacyOption = None,
    json: options.JsonOption = False,
) -> None:
    """Measure retrieval recall and answer quality (EM, F1, contains) over a workload, with bootstrap intervals.

    Decoding is greedy. With several --way or --context each question is asked once for each, and the others are
    compared with the first, over the questions of all --data. With --judge a model marks the answers too, and its
    agreement with EM and F1 is shown. With --dry only the tokenizer of the first --model is used. With --systems the
    routed system is measured beside fixed models and a naive one, question by question in turn.
    """
    from ...bench_device.answers.measure import BY_ROUTER, CONTEXTS, evaluate_models
    from ...bench_device.answers.open_workload import DEFAULT_WAY
    from ...bench_device.answers.packing import evaluate_packing
    from ...bench_device.answers.report import AnswersReport
    from ..progress import bar

    data = workload or ["station"]
    if systems is not None:
        if dry or way or context or judge or judge_model or privacy:
            raise UsageError(
                "--systems takes no --dry, --way, --context, --judge, --judge-model or --privacy: leave them out"
            )
        run_systems(
            systems,
            data,
            model=model or [],
            ladder=ladder,
            router=router,
            engine=engine,
            profile=profile,
            threads=threads,
            limit=limit,
            sample=sample,
            seed=seed,
            raw=raw,
            every=every or (),
            questions=questions,
            json=json,
        )
        return
    refuse_without_systems(ladder=ladder, router=router, every=every, questions=questions)
    if not model:
        raise UsageError("give --model MODEL, or --systems all")
    if dry and len(data) > 1:
        raise UsageError("--dry takes one --data")
    options.require_writable(raw)
    if dry and (raw or context or judge):
        raise UsageError("--dry asks nothing: leave --raw, --context and --judge out")
    require_allowed(judge, judge_model, privacy)
    ways = tuple(dict.fromkeys(way or (DEFAULT_WAY,)))
    contexts = options.some_of("--context", context or [BY_ROUTER], CONTEXTS)
    report: AnswersReport | PackingReport
    with bar("answers") as advance:
        if dry:
            report = evaluate_packing(
                data[0],
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
                data,
                model,
                ways=ways,
                engine=engine,
                profile=profile,
                n_threads=threads,
                contexts=contexts,
                limit=limit,
                sample=sample,
                seed=seed,
                raw=raw,
                on_progress=advance,
            )
    marks = None
    if judge and isinstance(report, AnswersReport) and not report.interrupted:
        marks = marked(report, judge, judge_model, privacy, engine, profile, threads, seed, raw)
    if json:
        output.json_line(report if marks is None else {**structs.asdict(report), "judge": marks})
    else:
        output.facts(report.machine)
        output.text(report.to_markdown())
        if marks is not None:
            output.text(marks.to_markdown())
    interrupt.show_end(report.interrupted or (marks is not None and marks.interrupted))
