"""``sanderling bench model``: measure speed, load time and memory of models."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from .. import options
from .run import (
    TESTS,
    HtmlOption,
    ModelsOption,
    QuantOption,
    QuickOption,
    RawOption,
    RepetitionsOption,
    TestsOption,
    ThreadsOption,
    chosen_options,
    run,
)

EXAMPLES = "Example:  sanderling bench model --model lfm2-350m --threads 1,2,4 -o csv"


def model(
    model: ModelsOption = None,
    quant: QuantOption = None,
    quick: QuickOption = False,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: ThreadsOption = None,
    tests: TestsOption = TESTS,
    repetitions: RepetitionsOption = 5,
    form: Annotated[
        Literal["md", "csv", "json", "jsonl"], typer.Option("--output", "-o", help="Rows as llama-bench writes them.")
    ] = "md",
    html: HtmlOption = None,
    raw: RawOption = None,
    json: options.JsonOption = False,
) -> None:
    """Measure speed, load time and resident memory of models.

    The result calibrates this device's predictions.
    """
    import msgspec

    chosen = chosen_options(model, quant, engine, profile, threads, tests, repetitions, "station", None, quick=quick)
    chosen = msgspec.structs.replace(chosen, scenarios=False)
    run(chosen, html, raw, "json" if json else f"rows {form}" if form != "md" else "md")
