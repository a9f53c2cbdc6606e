"""Plot a run: tokens per second by test and by thread count, time shares, and latency percentiles."""

from __future__ import annotations

from collections.abc import Iterator

from ..metrics.percentiles import Percentiles
from ..scenarios.target import TARGET_MS, TIERS
from .chart import Bar, bars, lines, stacked
from .run import Run


def plots(run: Run) -> Iterator[str]:
    """Yield the SVG plots of ``run``, without those that would be empty."""
    yield from _speeds(run)
    yield from _threads(run)
    shares = [(f"{each.label} {each.scenario}", each.shares) for each in run.scenarios if each.shares]
    if shares:
        yield stacked("Where the time goes", shares)
    yield from _latencies(run)


def _speeds(run: Run) -> Iterator[str]:
    for test in dict.fromkeys(row.shape.name for row in run.rows):
        rows = [row for row in run.rows if row.shape.name == test]
        yield bars(
            f"{test}: tokens per second, mean and standard deviation",
            [
                Bar(
                    label=f"{row.label}, {row.n_threads} threads",
                    value=row.mean,
                    error=row.sd,
                    # A number that something disturbed is never shown without that.
                    text=f"{row.mean:,.4g}" + (f" {row.verdict.name}" if row.verdict.findings else ""),
                )
                for row in rows
            ],
        )


def _threads(run: Run) -> Iterator[str]:
    for test in dict.fromkeys(row.shape.name for row in run.rows):
        series = {}
        for label in dict.fromkeys(row.label for row in run.rows):
            # Of several rows with as many threads the first, as in the calibration.
            pairs: dict[float, float] = {}
            for row in run.rows:
                if (row.label, row.shape.name) == (label, test):
                    pairs.setdefault(row.n_threads, row.mean)
            if len(pairs) > 1:
                series[label] = sorted(pairs.items())
        if series:
            yield lines(f"{test}: tokens per second by threads", "threads", list(series.items()))


def _latencies(run: Run) -> Iterator[str]:
    rows = [
        Bar(label=f"{each.label} {each.scenario} {name}", value=value)
        for each in run.scenarios
        if each.total_ms is not None
        for name, value in _known(each.total_ms)
    ]
    if rows:
        limit = TARGET_MS[TIERS[run.settings.device_class]]
        yield bars("From question to answer, ms", rows, mark=(limit, f"target for simple queries: {limit:,.0f} ms"))


def _known(total: Percentiles) -> Iterator[tuple[str, float]]:
    yield "P50", total.p50
    yield "P90", total.p90
    if total.p99 is not None:
        yield "P99", total.p99
