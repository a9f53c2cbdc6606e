"""Format a report as Markdown tables."""

from __future__ import annotations

from ..metrics.estimate import Estimate
from .run import MEASURES, REFERENCES, Report, Scored, SetReport


def markdown(report: Report) -> str:
    """Return two tables per set: measures of each way, and its differences from the reference ways.

    All have 95 per cent intervals.
    """
    return "\n".join(_table(each) for each in report.sets)


def _table(report: SetReport) -> str:
    edges = ", ".join(f"{count} {name}" for name, count in report.edges.items()) or "none"
    figures = _lines(("way", *MEASURES, "P50 ms", "P90 ms"), [_row(scored) for scored in report.scored])
    over = _lines(
        ("way, less", *(f"{name} of {way}" for way in REFERENCES for name in ("R@5", "all@5"))),
        [_differences(scored) for scored in report.scored],
    )
    about = f"{report.questions:,} questions, {report.nodes:,} nodes; edges: {edges}"
    return f"### {report.name}\n\n{about}\n\n{figures}\n\n{over}\n"


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
