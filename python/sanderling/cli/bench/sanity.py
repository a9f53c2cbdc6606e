"""``sanderling bench sanity``: test models on public questions that need no notes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from .. import interrupt, options, output

EXAMPLES = (
    "Example:  sanderling bench sanity --suite gsm8k --suite mmlu --data sets --model qwen2.5-coder-0.5b:Q8_0"
    " --model qwen2.5-coder-0.5b:Q4_0"
)


def sanity(
    suite: Annotated[list[str], typer.Option("--suite", help="gsm8k, mmlu, ifeval or boolq; may be given again.")],
    data: Annotated[Path, typer.Option("--data", help="Folder of the questions, or one that holds it.")],
    model: Annotated[
        list[str], typer.Option("--model", help="A model id, ID:QUANT or .gguf file; may be given again, to compare.")
    ],
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Only the first N questions of each suite.")] = None,
    max_tokens: Annotated[
        int | None,
        options.number(ranges.TOKENS, "--max-tokens", help="Longest text of gsm8k and ifeval; default: 512."),
    ] = None,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the bootstrap.")] = 0,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    raw: Annotated[
        Path | None, typer.Option(help="Write one JSON line per question to this file; an ended run goes on from it.")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Test models and quantizations on public questions that need no notes.

    School sums (gsm8k) are right by their last number, multiple choice (mmlu) and yes or no (boolq) by the likeliest
    option, instructions (ifeval) by their rules. Every two models are compared question by question. Decoding is
    greedy.
    """
    from ...bench_device.sanity.measure import SanityOptions, measure_sanity
    from ...bench_device.sanity.suites import suite_named
    from ..progress import bar

    options.require_writable(raw)
    wanted = SanityOptions(
        suites=tuple(suite_named(name) for name in suite),
        data=data,
        models=tuple(model),
        engine=engine,
        profile=profile,
        n_threads=threads,
        max_tokens=max_tokens,
        limit=limit,
        seed=seed,
        raw=raw,
    )
    with bar("sanity") as advance:
        report = measure_sanity(wanted, on_progress=advance)
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        output.text(report.to_markdown())
    interrupt.show_end(report.interrupted)
