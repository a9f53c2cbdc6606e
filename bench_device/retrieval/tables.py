"""A report of the ways of searching in, Markdown for a person out."""

from __future__ import annotations

from ..evaluate import Estimate
from .run import MEASURES, REFERENCE, Report, Scored, SetReport


def markdown(report: Report) -> str:
    """One table per set: means with 95 per cent bootstrap intervals over the questions, and milliseconds."""
    return "\n".join(_table(each) for each in report.sets)


def _table(report: SetReport) -> str:
    edges = ", ".join(f"{count} {name}" for name, count in report.edges.items()) or "none"
    header = ("way", *MEASURES, f"R@5 over {REFERENCE}", f"all@5 over {REFERENCE}", "P50 ms", "P90 ms")
    lines = [header, ("---", *("---:" for _ in header[1:])), *(_row(scored) for scored in report.scored)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"### {report.name}\n\n{report.questions:,} questions, {report.nodes:,} nodes; edges: {edges}\n\n{table}\n"


def _row(scored: Scored) -> tuple[str, ...]:
    return (
        scored.way,
        *(_show(scored.estimates[name]) for name in MEASURES),
        *(_show(scored.over_reference[name], "+.3f") for name in ("R@5", "all@5")),
        f"{scored.latency_ms.p50:.2f}",
        f"{scored.latency_ms.p90:.2f}",
    )


def _show(estimate: Estimate, form: str = ".3f") -> str:
    mean, low, high = (
        f"{value:{form}}".replace("0.", ".", 1) for value in (estimate.mean, estimate.low, estimate.high)
    )
    return f"{mean} [{low}, {high}]"
