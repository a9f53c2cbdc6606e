"""``sanderling router train``: train a router on this device, for this device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ... import ranges
from ...errors import UsageError
from ...ranges import Range
from .. import options, output

if TYPE_CHECKING:
    from ...router.labels.table import Table
    from ...router.training.logged import Log

EXAMPLES = "Example:  sanderling router train --from-log"


def train(
    from_log: Annotated[bool, typer.Option("--from-log", help="Learn from the rated answers of this device.")] = False,
    rows: Annotated[Path | None, typer.Option(help="Learn from a collection, as `router collect` writes it.")] = None,
    settings: Annotated[
        int | None, options.number(ranges.COUNT, help="Settings to label a collection in; default: 1,000.")
    ] = None,
    held_out: Annotated[
        float, options.number(Range(0.05, 0.95, whole=False), help="Share of the questions to judge on.")
    ] = 0.3,
    hidden: Annotated[int, options.number(Range(1, 512), help="Hidden size.")] = 32,
    epochs: Annotated[int, options.number(ranges.REPETITIONS, help="Epochs at most.")] = 60,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the split, settings and first weights.")] = 0,
    json: options.JsonOption = False,
) -> None:
    """Train a FastGRNN, and install it if it is better.

    It must beat the present router by more than chance. The two are compared on held-out questions. The new router
    decides from then on;  --router rule  does without it. A log is worth learning from if `explore` in config.toml is
    above 0.
    """
    from ..._core import FastGrnn
    from ...router import installed
    from ...router.labels.settings import COUNT
    from ...router.present import present
    from ...router.training.online import train_online
    from ...router.training.settings import Settings

    log, table, ladder = _sources(from_log, rows)
    current, against = present(installed.state(), ladder)
    found = train_online(
        log,
        table,
        ladder,
        present=current,
        against=against,
        drawn=settings or COUNT,
        held_out=held_out,
        options=Settings(hidden=hidden, epochs=epochs, seed=seed),
    )
    judged = "; ".join(map(str, found.judgements))
    if not found.better:
        raise UsageError(f"not installed, because it is not better than {against} beyond chance: {judged}")
    after = installed.install(found.data, f"fastgrnn:{FastGrnn.from_bytes(found.data).id}", found.judgements)
    if json:
        output.json_line(after)
    elif after.current is not None:
        output.line(f"{after.current.id} installed, and decides from now on")
        output.line(judged)


def _sources(from_log: bool, rows: Path | None) -> tuple[Log | None, Table | None, tuple[str, ...]]:
    """Return the log and the table to learn from, and their common ladder. Raises UsageError without either."""
    from ...router.labels.rows import read
    from ...router.labels.table import tabulate
    from ...router.training import logged
    from ...telemetry.store import TelemetryStore

    if not from_log and rows is None:
        raise UsageError("nothing to learn from: give --from-log, --rows FILE or both")
    table = tabulate(read(rows)) if rows is not None else None
    log, ladder = None, table.ladder if table is not None else ()
    if from_log:
        with TelemetryStore() as store:
            log, seen = logged.read(store.rows())
        if table is not None and any(name not in ("", *ladder[rung : rung + 1]) for rung, name in enumerate(seen)):
            raise UsageError(f"the log is of {', '.join(seen)}, {rows} of {', '.join(ladder)}: train on one at a time")
        ladder = ladder or seen
    return log, table, ladder
