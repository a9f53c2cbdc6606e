"""``sanderling bench router``: what routing is worth; ``bench router-forward``: what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError
from . import options, output

ELSEWHERE = 24
"""Settings to judge in with ``--everywhere``."""


def register(app: typer.Typer) -> None:
    """Add the commands to the group ``bench``."""
    app.command("router", epilog="Example:  sanderling bench router --rows rows.jsonl --plot front.svg")(router)
    app.command("router-forward", epilog="Example:  sanderling bench router-forward --hidden 32")(router_forward)


def router_forward(
    weights: Annotated[Path | None, typer.Option(help="A weights file; default: untrained weights.")] = None,
    hidden: Annotated[int, typer.Option(min=1, max=512, help="Hidden size of untrained weights.")] = 32,
    passes: Annotated[int, typer.Option(min=6, help="Over 1,000 rows each.")] = 50,
    json: options.JsonOption = False,
) -> None:
    """Microseconds of one forward of the router: inside Rust, called from Python, and in onnxruntime if it is there."""
    from sanderling.bench_device import router_forward as bench

    from ..router import fastgrnn

    try:
        of = bench.drawn(hidden) if weights is None else fastgrnn.from_bytes(weights.read_bytes())
    except ValueError as error:
        raise UsageError(f"{weights}: {error}") from error
    report = bench.measure(of, passes)
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        typer.echo("\n" + report.to_markdown())


def router(
    rows: Annotated[
        Path | None, typer.Option(help="A collection by `sanderling router collect`; default: the one that ships.")
    ] = None,
    settings: Annotated[int, typer.Option(min=1, help="Settings of device, budget and load to train in.")] = 72,
    folds: Annotated[
        int, typer.Option(min=2, help="Parts of the questions; each is judged by what the rest taught.")
    ] = 5,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Judge in other settings of all profiles instead of on this device.")
    ] = False,
    budget_ms: options.BudgetOption = None,
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    hidden: Annotated[int, typer.Option(min=1, max=512, help="Hidden size of the FastGRNN.")] = 32,
    epochs: Annotated[int, typer.Option(min=1, help="At most.")] = 60,
    seed: Annotated[int, typer.Option(help="Of the folds, the settings, the training and the bootstrap.")] = 0,
    plot: Annotated[Path | None, typer.Option(help="Draw quality over latency into this SVG file.")] = None,
    ship: Annotated[
        Path | None, typer.Option(help="Train on all questions and write the weights here, and a note ending in .md.")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """FastGRNN beside the rule, kNN, logistic regression, a cascade, fixed choices, chance and the oracle.

    Trained in many settings, judged on other questions as this device is with every model loaded; latencies follow
    from its speeds. Only questions that every model of the collection was asked are judged.
    """
    from msgspec.structs import replace

    from sanderling.bench_device.policies import from_rows, shipping, tables
    from sanderling.bench_device.policies.evaluate import evaluate
    from sanderling.bench_device.policies.fixed import Rule
    from sanderling.bench_device.policies.plot import svg

    from .. import profiles
    from ..device.machine import machine_block
    from ..router.learned import CONFIDENT
    from ..router.rows import read
    from ..router.table import tabulate
    from ..router.training.settings import Settings
    from ..stages.features import INDEX

    options.require_writable(plot)
    options.require_writable(ship)
    collected = read(rows or shipping.COLLECTED)
    table = tabulate(collected)
    if len(table) < 10:
        raise UsageError(f"{rows} holds {len(table)} questions, too few to split: let  sanderling router collect  run")
    device = profiles.choose(profile)
    here = replace(device.profile, threads_decode=threads or device.profile.threads_decode)
    home = from_rows.at_home(table, here, budget_ms)
    judged_in = from_rows.elsewhere(table, ELSEWHERE, seed) if everywhere else [home]
    training = Settings(hidden=hidden, epochs=epochs, seed=seed)
    found = evaluate(
        list(from_rows.folds(table, judged_in, folds, settings, seed)),
        confidence_feature=INDEX["draft_mean_logprob"],
        others=[Rule()],
        settings=training,
        confident=CONFIDENT,
        seed=seed,
    )
    if plot is not None:
        plot.write_text(svg(found), encoding="utf-8")
    where = f"{ELSEWHERE} settings of all profiles" if everywhere else f"this device by the profile {home.name}"
    told = f"ladder {', '.join(table.ladder)}; {where}\n\n{tables.markdown(found)}"
    machine = machine_block(device.device)
    if ship is not None:
        ship.write_bytes(shipping.ship(collected, table, found, training, settings))
        command = f"sanderling bench router --hidden {hidden} --seed {seed}" + " --everywhere" * everywhere
        of = shipping.source(collected, table)
        told_of = shipping.note(f"{command} --ship {ship.name}", str(machine["commit"]), of, found, told)
        ship.with_suffix(".md").write_text(told_of, encoding="utf-8")
    if json:
        output.json_line(found)
    else:
        output.facts(machine)
        typer.echo(f"\n{told}")
