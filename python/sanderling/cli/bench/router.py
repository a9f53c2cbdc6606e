"""``sanderling bench router``: compare routers by quality and latency."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from ...disk.whole_file import write_whole
from ...ranges import Range
from .. import options, output

EXAMPLES = "Example:  sanderling bench router --rows rows.jsonl --plot front.svg"


def router(
    rows: Annotated[
        Path | None, typer.Option(help="A collection by `sanderling router collect`; default: the one that ships.")
    ] = None,
    naive: Annotated[
        Path | None, typer.Option(help="Answers of one model and context over `collect --way dense`, to compare with.")
    ] = None,
    full: Annotated[
        Path | None, typer.Option(help="Answers of the largest model with its full context, to compare with.")
    ] = None,
    settings: Annotated[
        int | None,
        options.number(ranges.COUNT, help="Settings of device, budget and load to train in; default: 1,000."),
    ] = None,
    folds: Annotated[
        int,
        options.number(Range(2, 1_000), help="Parts of the questions; each is judged by training on the others."),
    ] = 5,
    leave_set_out: Annotated[
        bool, typer.Option("--leave-set-out", help="Judge each set by training on the other sets, instead of in folds.")
    ] = False,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Judge in other settings of all profiles instead of on this device.")
    ] = False,
    budget_ms: options.BudgetOption = None,
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    hidden: Annotated[int, options.number(Range(1, 512), help="Hidden size of the FastGRNN.")] = 32,
    epochs: Annotated[int, options.number(ranges.REPETITIONS, help="Epochs at most.")] = 60,
    seed: Annotated[
        int, options.number(ranges.SEED, help="Seed of the folds, the settings, the training and the bootstrap.")
    ] = 0,
    sizes: Annotated[
        bool, typer.Option("--sizes", help="Compare hidden sizes instead, by networks of three seeds each.")
    ] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw quality over latency into this SVG file.")] = None,
    ship: Annotated[
        Path | None, typer.Option(help="Train on all questions and write the weights here, and a note ending in .md.")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Compare FastGRNN with other routers, fixed choices, chance and the oracle.

    The other routers are the rule, kNN, logistic regression and cascades. All are trained in many settings and judged
    on other questions, on this device with every model loaded; latencies follow from its speeds. Only questions are
    judged that every usual model and context of the collection answered.
    """
    from ...bench_device.policies import tables
    from ...bench_device.policies.plot import svg
    from ...bench_device.policies.run import EvaluationOptions, Run
    from ...router.labels.settings import COUNT
    from ...router.training.settings import Settings

    options.require_writable(plot)
    options.require_writable(ship)
    run = Run(
        EvaluationOptions(
            rows=rows,
            naive=naive,
            full=full,
            by_set=leave_set_out,
            settings=settings or COUNT,
            folds=folds,
            everywhere=everywhere,
            budget_ms=budget_ms,
            profile=profile,
            n_threads=threads,
            training=Settings(hidden=hidden, epochs=epochs, seed=seed),
        )
    )
    if sizes:
        trained = run.sizes()
        if json:
            output.json_line([t.without_weights() for t in trained])
        else:
            output.text(tables.sizes(trained))
        return
    found = run.evaluate(run.play())
    if plot is not None:
        write_whole(plot, svg(found))
    if ship is not None:
        run.ship(found, ship)
    if json:
        output.json_line(found)
    else:
        output.facts(run.machine)
        output.text("\n" + run.markdown(found))
