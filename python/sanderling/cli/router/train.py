"""``sanderling router train``, ``show`` and ``rollback``: a router learned on this device, for this device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ... import ranges
from ...errors import UsageError
from ...ranges import Range
from .. import options, output

if TYPE_CHECKING:
    from ...router.installed import Installed, State
    from ...router.labels.table import Table
    from ...router.training.card import Card
    from ...router.training.logged import Log

RULE = "rule"


def register(app: typer.Typer) -> None:
    """Add the commands to the group ``router``."""
    app.command("train", epilog="Example:  sanderling router train --from-log")(train)
    app.command("show", epilog="Example:  sanderling router show --json")(show)
    app.command("rollback", epilog="Example:  sanderling router rollback")(rollback)


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
    epochs: Annotated[int, options.number(ranges.REPETITIONS, help="At most.")] = 60,
    seed: Annotated[int, options.number(ranges.SEED, help="Of the split, the settings and the first weights.")] = 0,
    json: options.JsonOption = False,
) -> None:
    """Train a FastGRNN and install it if it is better than the present router on questions held out, beyond chance.

    It decides from then on;  --router rule  does without it. Rows of a log are worth learning from where `explore` in
    config.toml is above 0.
    """
    from ..._core import FastGrnn
    from ...router import installed
    from ...router.labels.settings import COUNT
    from ...router.training.online import train_online
    from ...router.training.settings import Settings

    log, table, ladder = _sources(from_log, rows)
    present, against = _present(installed.state(), ladder)
    found = train_online(
        log,
        table,
        ladder,
        present=present,
        against=against,
        drawn=settings or COUNT,
        held_out=held_out,
        options=Settings(hidden=hidden, epochs=epochs, seed=seed),
    )
    said = "; ".join(map(str, found.judgements))
    if not found.better:
        raise UsageError(f"not installed, because it is not better than {against} beyond chance: {said}")
    after = installed.install(found.data, f"fastgrnn:{FastGrnn.from_bytes(found.data).id}", found.judgements)
    if json:
        output.json_line(after)
    elif after.current is not None:
        output.line(f"{after.current.id} installed, and decides from now on")
        output.line(said)


def show(json: options.JsonOption = False) -> None:
    """Show the router that is installed and the one that ships, how they were made, and what they were worth."""
    from ...router import fastgrnn, installed
    from ...router.training import card

    state = installed.state()
    files = {
        name: installed.folder() / each.file
        for name, each in (("current", state.current), ("previous", state.previous))
        if each is not None
    } | {"shipped": installed.SHIPPED}
    try:
        cards = {name: card.decode(fastgrnn.from_bytes(file.read_bytes()).card) for name, file in files.items()}
    except ValueError as error:
        raise UsageError(f"an installed router cannot be read ({error}): train again") from error
    if json:
        output.json_line({"current": state.current, "previous": state.previous, "cards": cards})
        return
    for name, each in (("current", state.current), ("previous", state.previous)):
        output.line(f"{name}: {_name(each)}")
        if each is not None:
            output.line(f"  installed {each.when}; {_told(cards[name])}")
            for judgement in each.judgements:
                output.line(f"  {judgement}")
    output.line(f"shipped: {_told(cards['shipped'])}")


def _told(of: Card) -> str:
    ladder = ", ".join(filter(None, of.models))
    return f"of {of.source}, {of.questions} questions in {of.rows} rows; ladder {ladder}"


def rollback(json: options.JsonOption = False) -> None:
    """Put the previous router back, or none where there was none; once more undoes it."""
    from ...router import installed

    after = installed.rollback()
    if json:
        output.json_line(after)
    else:
        output.line(f"current: {_name(after.current)}; previous: {_name(after.previous)}")


def _name(each: Installed | None) -> str:
    return each.id if each is not None else "none, the rule decides"


def _sources(from_log: bool, rows: Path | None) -> tuple[Log | None, Table | None, tuple[str, ...]]:
    """Read what to learn from, and the ladder that it is about."""
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


def _present(state: State, ladder: tuple[str, ...]) -> tuple[bytes | None, str]:
    """Return the installed weights and their name, or the rule where they are for other models or features."""
    from ...router import fastgrnn, installed
    from ...router.features import VERSION
    from ...router.training import card

    if state.current is None:
        return None, RULE
    data = (installed.folder() / state.current.file).read_bytes()
    try:
        weights = fastgrnn.from_bytes(data)
    except ValueError:  # of an older format, by which nothing can be routed any more
        return None, RULE
    if weights.features_version != VERSION or card.decode(weights.card).models != ladder:
        return None, RULE
    return data, state.current.id
