"""``sanderling bench watch``: measure how soon ``sanderling watch`` finds saved files."""

from __future__ import annotations

from typing import Annotated

from ... import ranges
from ...ranges import Range
from .. import interrupt, options, output

EXAMPLES = "Example:  sanderling bench watch --saves 200 --per-minute 200 --notes 1000"


def watch(
    saves: Annotated[int, options.number(Range(1, 100_000), help="Saves to make.")] = 200,
    per_minute: Annotated[float, options.number(Range(1, 6_000, whole=False), help="Saves a minute.")] = 200.0,
    notes: Annotated[int, options.number(ranges.COUNT, help="Notes in the folder beforehand.")] = 1000,
    json: options.JsonOption = False,
) -> None:
    """Measure the delay of ``sanderling watch`` in finding saved files, and its RAM."""
    from ...bench_device.ingest.watched import measure
    from ..progress import bar

    with bar("watch") as advance:
        found = measure(saves, 60 / per_minute, notes, on_progress=advance)
    if json:
        output.json_line(found)
    else:
        output.facts(found.machine)
        output.line()
        output.line(
            f"{found.saves} saves in {found.seconds:.1f} s beside {found.notes:,} notes: all found "
            f"{found.found_after_s:.2f} s after the last"
        )
        output.line(f"from a save until it is found: P50 {found.delay_ms.p50:.0f} ms, P90 {found.delay_ms.p90:.0f} ms")
        output.line(f"RAM of the process, MiB: {', '.join(f'{each:.0f}' for each in found.rss_mib)}")
    interrupt.show_end(found.interrupted)
