"""Render a run as Markdown tables, preceded by its settings and followed by remarks and omissions."""

from __future__ import annotations

import msgspec

from ..matrix import tables
from ..metrics.percentiles import LEAST_FOR_P99
from ..scenarios.latency import Scenario
from ..scenarios.stages import STAGES
from .advice import advice
from .run import Run


def markdown(run: Run) -> str:
    """Return the settings, tables, remarks and omissions of ``run`` as Markdown."""
    parts = [settings(run)]
    if run.rows:
        parts.append(tables.to_markdown(run.rows))
        parts.append("".join(f"{line}\n" for line in remarks(run)))
    if run.scenarios:
        parts.append(_table(*latency_table(run)))
        parts.append(_table(*shares_table(run)))
        parts.append("".join(f"Target {target.sentence}\n" for target in run.targets))
    parts.append("".join(f"To do: {line}\n" for line in advice(run)))
    parts.append("".join(f"Shortened: {words}\n" for words in run.shortened))
    parts.append("".join(f"Left out: {each.what}: {each.why}\n" for each in run.left_out))
    return "\n".join(part for part in parts if part)


def settings(run: Run) -> str:
    """Return the start time, the duration and all settings, on one line."""
    values = msgspec.structs.asdict(run.settings)
    words = [f"{name} {' '.join(map(str, each)) if isinstance(each, tuple) else each}" for name, each in values.items()]
    return f"{run.started}, {run.seconds:.0f} s; {', '.join(words)}\n"


def remarks(run: Run) -> list[str]:
    """Return remarks on rows that are not VALID, on unreported values, and on model loads that were not cold.

    Unreported values are those that the system does not provide.
    """
    said = [f"{row.label} {row.shape.name}, {row.n_threads} threads: {row.verdict.evidence}" for row in run.rows]
    said = [line for line, row in zip(said, run.rows, strict=True) if row.verdict.findings]
    unseen = dict.fromkeys(name for row in run.rows for name in row.verdict.unseen)
    if unseen:
        said.append(f"Not told by this system, and so not judged: {', '.join(unseen)}")
    if not any(row.energy for row in run.rows):
        said.append("No energy: this system has no sensor that may be read")
    not_cold = {row.label: row.loading.not_cold for row in run.rows if row.loading and row.loading.not_cold}
    return said + [f"{label} was not loaded cold: {why}" for label, why in not_cold.items()]


def latency_table(run: Run) -> tuple[list[str], list[list[str]]]:
    """Return the head and rows of the latency table: end-to-end milliseconds and success rates."""
    head = ["model", "scenario", "n", "P50 ms", "P90 ms", "P99 ms", "answered", "right notes", "right answer", "both"]
    return [*head, "verdict"], [_latency(each) for each in run.scenarios]


def _latency(each: Scenario) -> list[str]:
    total = each.total_ms
    if total is None:
        times = ["", "", ""]
    else:
        p99 = f"{total.p99:,.0f}" if total.p99 is not None else f"n < {LEAST_FOR_P99}"
        times = [f"{total.p50:,.0f}", f"{total.p90:,.0f}", p99]
        if each.median_interval_ms is not None:
            low, high = each.median_interval_ms
            times[0] += f" [{low:,.0f}, {high:,.0f}]"
    rates = [f"{value:.0%}" for value in (each.answered, each.found, each.contains, each.success)]
    return [each.label, each.scenario, str(each.n), *times, *rates, each.verdict.name]


def shares_table(run: Run) -> tuple[list[str], list[list[str]]]:
    """Return the head and rows of the table of time shares, with one column per stage of a request."""
    lines = [
        [each.label, each.scenario, *(f"{each.shares.get(stage, 0):.1%}" for stage in STAGES)]
        for each in run.scenarios
        if each.shares
    ]
    return ["model", "scenario", *STAGES], lines


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
