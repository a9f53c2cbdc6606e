"""``sanderling bench startup``: time the package's import, ``--help``, and one question."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ... import ranges
from .. import interrupt, options, output

if TYPE_CHECKING:
    from ...bench_device.attribution import Attribution
    from ...bench_device.startup import StartupReport


EXAMPLES = "Example:  sanderling bench startup --rounds 21 --ask 'Who repairs the pump?' --json"


def startup(
    rounds: Annotated[
        int, options.number(ranges.REPETITIONS, help="Starts of each program, after one to warm up.")
    ] = 11,
    ask: Annotated[
        str | None, typer.Option("--ask", help="Also attribute the time of `sanderling ask QUESTION` to its steps.")
    ] = None,
    memory: options.MemoryOption = None,
    model: options.ModelOption = None,
    ladder: options.LadderOption = None,
    json: options.JsonOption = False,
) -> None:
    """Time the package's import, ``--help``, and an empty Python program.

    Each runs in a fresh process.
    """
    from ...bench_device.startup import measure
    from ..progress import bar

    with bar("startup") as advance:
        report = measure(rounds, on_progress=advance, ask=_arguments(ask, memory, model, ladder))
    if json:
        output.json_line(report)
    else:
        _show(report)
    interrupt.show_end(report.interrupted)


def _arguments(ask: str | None, memory: Path | None, model: str | None, ladder: str | None) -> tuple[str, ...]:
    """Return the arguments of ``sanderling ask``; empty without a question."""
    if ask is None:
        return ()
    given = {"--model": model, "--ladder": ladder}
    path = options.existing_memory(memory)
    chosen = [word for name, value in given.items() if value is not None for word in (name, value)]
    return ("--memory", str(path), *chosen, "--", ask)


def _show(report: StartupReport) -> None:
    rounds = len(report.programs[0].wall_ms)
    output.facts(report.machine)
    output.line()
    output.line(f"wall time of a process, median of {rounds} rounds, and of the difference within a round:")
    output.table(
        ("", "MEDIAN ms", "95% INTERVAL", "OVER BARE PYTHON ms"),
        [
            (
                each.name,
                f"{each.median_ms:.1f}",
                f"{each.interval_ms[0]:.1f} to {each.interval_ms[1]:.1f}" if each.interval_ms else "",
                f"{each.over_bare_ms:.1f}",
            )
            for each in report.programs
        ],
    )
    if report.attribution is not None:
        _show_attribution(report.attribution)


def _show_attribution(found: Attribution) -> None:
    output.line()
    output.line(f"sanderling {' '.join(found.arguments)}: median of {len(found.wall_ms)} processes")
    rows = [(step.name, f"{step.median_ms:.1f}") for step in found.steps]
    output.table(("STEP", "MEDIAN ms"), [*rows, ("whole", f"{statistics.median(found.wall_ms):.1f}")])
