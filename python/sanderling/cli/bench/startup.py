"""``sanderling bench startup``: time the import of the package, and ``--help``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from ... import ranges
from .. import interrupt, options, output

if TYPE_CHECKING:
    from ...bench_device.startup import StartupReport


EXAMPLES = "Example:  sanderling bench startup --rounds 21 --json"


def startup(
    rounds: Annotated[
        int, options.number(ranges.REPETITIONS, help="Starts of each program, after one to warm up.")
    ] = 11,
    json: options.JsonOption = False,
) -> None:
    """Time the import of the package, ``--help``, and an empty Python program, each in a fresh process."""
    from ...bench_device.startup import measure
    from ..progress import bar

    with bar("startup") as advance:
        report = measure(rounds, on_progress=advance)
    if json:
        output.json_line(report)
    else:
        _show(report)
    interrupt.show_end(report.interrupted)


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
