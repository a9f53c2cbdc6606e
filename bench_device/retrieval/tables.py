"""Format a report as Markdown tables."""

from __future__ import annotations

from ..metrics.estimate import Estimate
from .losses import FATES
from .run import MEASURES, REFERENCES, Report, Scored, SetReport
from .union import in_union


def markdown(report: Report) -> str:
    """Return three tables per set: measures of each way, differences from the reference ways, and losses.

    The first two have 95 per cent intervals. The third says where needed notes are lost, by hops. A last table says
        what each set loses in one memory of all sets, if that was asked.
    """
    return "\n".join([*(_table(each) for each in report.sets), *_lost(report)])


def _lost(report: Report) -> list[str]:
    lost = report.lost_in_union()
    if not lost:
        return []
    nodes = {each.name: each.nodes for each in report.sets}
    ways = list(dict.fromkeys(way for of_set in lost.values() for way in of_set))
    cell = {(name, way): of_way["R@5"] for name, of_set in lost.items() for way, of_way in of_set.items()}
    rows = [(way, *(_show(cell[name, way], "+.3f") if (name, way) in cell else "-" for name in lost)) for way in ways]
    sizes = (f"{name}, {nodes[name]:,} to {nodes[in_union(name)]:,} nodes" for name in lost)
    return ["### R@5 lost in one memory of all sets\n", _lines(("way", *sizes), rows) + "\n"]


def _table(report: SetReport) -> str:
    edges = ", ".join(f"{count} {name}" for name, count in report.edges.items()) or "none"
    figures = _lines(("way", *MEASURES, "P50 ms", "P90 ms"), [_row(scored) for scored in report.scored])
    over = _lines(
        ("way, less", *(f"{name} of {way}" for way in REFERENCES for name in ("R@5", "all@5"))),
        [_differences(scored) for scored in report.scored],
    )
    about = f"{report.questions:,} questions, {report.nodes:,} nodes; edges: {edges}"
    return f"### {report.name}\n\n{about}\n\n{figures}\n\n{over}\n\n{_losses(report)}\n"


def _losses(report: SetReport) -> str:
    channels = list(dict.fromkeys(channel for lost in report.lost for channel in lost.channels))
    rows = [
        (
            f"{lost.place} of {lost.hops}",
            str(lost.notes),
            *(f"{lost.fates[fate] / lost.notes:.2f}" for fate in FATES),
            *(f"{lost.channels.get(channel, 0) / lost.notes:.2f}" for channel in channels),
        )
        for lost in report.lost
    ]
    header = ("note", "notes", *FATES, *(f"by {channel}" for channel in channels))
    return f"Where needed notes are lost, ranked by {report.lost_by}:\n\n{_lines(header, rows)}"


def _lines(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in [header, ("---", *("---:" for _ in header[1:])), *rows])


def _row(scored: Scored) -> tuple[str, ...]:
    return (
        scored.way,
        *(_show(scored.estimates[name]) for name in MEASURES),
        f"{scored.latency_ms.p50:.2f}" if scored.latency_ms else "-",
        f"{scored.latency_ms.p90:.2f}" if scored.latency_ms else "-",
    )


def _differences(scored: Scored) -> tuple[str, ...]:
    return (scored.way, *(_show(over[name], "+.3f") for over in scored.over.values() for name in ("R@5", "all@5")))


def _show(estimate: Estimate, form: str = ".3f") -> str:
    mean, low, high = (
        f"{value:{form}}".replace("0.", ".", 1) for value in (estimate.mean, estimate.low, estimate.high)
    )
    return f"{mean} [{low}, {high}]"
