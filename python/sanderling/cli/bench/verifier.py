"""``sanderling bench verifier``: test how well confidence predicts whether a draft is correct."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from ...disk.whole_file import write_whole
from ...ranges import Range
from .. import options, output

EXAMPLES = "Example:  sanderling bench verifier --rows rows.jsonl --plot surest.svg"


def verifier(
    rows: Annotated[
        list[Path] | None,
        typer.Option(help="A collection by `sanderling router collect`; repeat for several. Default: the shipped one."),
    ] = None,
    profile: options.ProfileOption = "auto",
    fastgrnn: Annotated[
        bool, typer.Option("--fastgrnn/--no-fastgrnn", help="Train the FastGRNN's second step as a verifier too.")
    ] = True,
    hidden: Annotated[int, options.number(Range(1, 512), help="Hidden size of the FastGRNN.")] = 16,
    epochs: Annotated[int, options.number(ranges.REPETITIONS, help="Epochs at most.")] = 40,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the training and the bootstrap.")] = 0,
    plot: Annotated[Path | None, typer.Option(help="Draw the accuracy of the surest drafts as SVG.")] = None,
    ship: Annotated[
        Path | None, typer.Option(help="Fit the best verifier to all answers, and write it here with the gains.")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Compare verifiers on collected answers: the unfitted rule, logistic regression and the FastGRNN.

    Each set of questions is judged by a fit to the other sets. The file that --ship writes is used instead of the
    shipped one if it lies in the data folder as router/verifier.json.
    """
    from ...bench_device.verifier.plot import svg
    from ...bench_device.verifier.run import Run
    from ...router.training.settings import Settings

    options.require_writable(plot)
    options.require_writable(ship)
    run = Run(rows or (), profile, Settings(hidden=hidden, epochs=epochs, seed=seed), network=fastgrnn)
    found = run.report()
    if plot is not None:
        write_whole(plot, svg(found, found.best.name))
    if ship is not None:
        run.ship(found, ship)
    if json:
        output.json_line({"best": found.best.name, "verifiers": found.judged, "differences": found.differences})
    else:
        output.facts(run.machine)
        output.text("\n" + run.markdown(found))
