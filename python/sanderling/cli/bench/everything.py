"""``sanderling bench`` without a subcommand: the whole benchmark of this device."""

from __future__ import annotations

import typer

from ...errors import UsageError
from .. import options
from .run import (
    TESTS,
    HtmlOption,
    ModelsOption,
    QuantOption,
    QuickOption,
    RawOption,
    RepetitionsOption,
    RequestsOption,
    TestsOption,
    ThreadsOption,
    WorkloadOption,
    chosen_options,
    run,
)

EXAMPLES = "Example:  sanderling bench --quick --html report.html"


def everything(
    context: typer.Context,
    model: ModelsOption = None,
    quant: QuantOption = None,
    quick: QuickOption = False,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: ThreadsOption = None,
    tests: TestsOption = TESTS,
    repetitions: RepetitionsOption = 5,
    workload: WorkloadOption = "station",
    requests: RequestsOption = None,
    html: HtmlOption = None,
    raw: RawOption = None,
    json: options.JsonOption = False,
) -> None:
    """Measure this device: models, quantizations, threads, and questions from end to end.

    Every figure comes with its machine, settings and samples. Calibrates what profiles, fit and router predict.
    """
    if context.invoked_subcommand is not None:
        sources = {name: context.get_parameter_source(name) for name in context.params}
        given = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
        if given:
            raise UsageError(f"--{given[0]} stands before {context.invoked_subcommand}: write it behind")
        return
    chosen = chosen_options(model, quant, engine, profile, threads, tests, repetitions, workload, requests, quick=quick)
    run(chosen, html, raw, "json" if json else "md")
