"""Render a comparison of indexes as Markdown tables."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from .churn import Churn
from .ours_only import Own
from .parallel import Parallel

if TYPE_CHECKING:
    from .report import Index, IndexReport

BASELINE = "hnswlib"
"""The library whose QPS the others are divided by."""


def markdown(report: IndexReport) -> str:
    """Return all tables as Markdown, preceded by the settings."""
    chosen = report.settings
    settings = ", ".join(f"{name} {_plain(value)}" for name, value in msgspec.structs.asdict(chosen).items())
    load = " ".join(f"{value:.2f}" for value in report.load_average)
    parts = [
        f"{report.vectors}: {report.n:,} x {report.dim}, {report.n_queries:,} queries ({report.how})\n"
        f"{settings}; load average {load}\n",
        f"QPS, one thread, one query a call, at recall@{chosen.k}; in brackets the ratio to {BASELINE}\n\n"
        + _table(["index", *(f"{recall:g}" for recall in chosen.recalls)], [*_compared(report)]),
        "Making, opening, size\n\n" + _table(["index", *_COSTS], [*_costs(report)]),
    ]
    churned = [[index.name, *_churn(index.churn)] for index in report.indexes if index.churn is not None]
    if churned:
        head = ["index", "before", "after", "built afresh", "after - afresh", "replace ms"]
        parts.append(f"Recall at ef {chosen.churn_ef}, half of the vectors replaced\n\n" + _table(head, churned))
    filtered = [[index.name, *_filtered(index, chosen.filter_shares)] for index in report.indexes]
    if any(index.filtered for index in report.indexes):
        head = ["index", *(f"{share:.1%} allowed" for share in chosen.filter_shares)]
        parts.append(f"Recall and QPS at ef {chosen.filter_ef} under a filter\n\n" + _table(head, filtered))
    parallel = [[index.name, *_parallel(index.parallel)] for index in report.indexes if index.parallel is not None]
    if parallel:
        head = ["index", "two searching threads / one", "counting beside a search", "beside a build"]
        title = (
            f"Other threads meanwhile, at ef {chosen.parallel_ef}: QPS over QPS of one, "
            "and the pace of a Python thread over its pace alone"
        )
        parts.append(title + "\n\n" + _table(head, parallel))
    if report.own is not None:
        parts.append(_own(report.own, chosen.k))
    parts.append("Recall and QPS by ef_search\n\n" + _table(["index", "ef", "recall", "QPS"], [*_swept(report)]))
    if report.missing:
        parts.append("".join(f"{name} is not installed: {hint}\n" for name, hint in report.missing.items()))
    if report.refused:
        parts.append("".join(f"{name} is left out: it {why}\n" for name, why in report.refused.items()))
    return "\n".join(parts)


def _compared(report: IndexReport) -> Iterator[list[str]]:
    baseline = next((index for index in report.indexes if index.name == BASELINE), None)
    for index in report.indexes:
        cells = [index.name]
        for recall in report.settings.recalls:
            qps = index.qps_at(recall)
            theirs = None if baseline is None else baseline.qps_at(recall)
            cells.append(_number(qps, "{:,.0f}") + (f" ({qps / theirs:.2f}x)" if qps and theirs else ""))
        yield cells


def _costs(report: IndexReport) -> Iterator[list[str]]:
    for index in report.indexes:
        yield [index.name, *(show(index, report.n) for show in _COSTS.values())]


def _swept(report: IndexReport) -> Iterator[list[str]]:
    for index in report.indexes:
        for point in index.points:
            ef = "" if index.exact else str(point.ef)
            yield [index.name, ef, f"{point.recall:.4f}", f"{point.qps:,.0f}"]


def _median(values: tuple[float, ...]) -> float | None:
    return statistics.median(values) if values else None


def _percentile(values: tuple[float, ...], percent: int) -> float | None:
    return float(np.percentile(values, percent)) if values else None


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


_COSTS: dict[str, Callable[[Index, int], str]] = {
    "version": lambda index, n: index.version,
    "build s (threads)": lambda index, n: f"{_number(_median(index.build_s), '{:.2f}')} ({index.build_threads})",
    "insert P50 ms": lambda index, n: _number(_percentile(index.insert_ms, 50), "{:.3f}"),
    "P99 ms": lambda index, n: _number(_percentile(index.insert_ms, 99), "{:.3f}"),
    "open ms": lambda index, n: _number(_median(tuple(one.open_ms for one in index.openings)), "{:.1f}"),
    "resident B/vector": lambda index, n: _number(
        _median(tuple(one.resident_bytes / n for one in index.openings)), "{:,.0f}"
    ),
    "file B/vector": lambda index, n: _number(None if index.file_bytes is None else index.file_bytes / n, "{:,.0f}"),
    "call µs": lambda index, n: _number(index.call_us, "{:.1f}"),
}
"""Columns of the cost table; each function gets an index and its number of vectors."""


def _churn(churn: Churn) -> list[str]:
    recalls = [f"{value:.4f}" for value in (churn.before, churn.after, churn.fresh)]
    return [*recalls, f"{churn.after - churn.fresh:+.4f}", f"{churn.replace_ms:.3f}"]


def _filtered(index: Index, shares: tuple[float, ...]) -> list[str]:
    if index.filtered is None:
        return ["not offered"] * len(shares)
    found = {one.share: f"{one.recall:.4f}, {one.qps:,.0f}" for one in index.filtered}
    return [found.get(share, "-") for share in shares]


def _parallel(parallel: Parallel) -> list[str]:
    ratio = statistics.median(parallel.two_threads)
    return [f"{ratio:.2f}x", f"{parallel.count_searching:.0%}", f"{parallel.count_building:.0%}"]


def _own(own: Own, k: int) -> str:
    search, retrieve = statistics.median(own.search_us), statistics.median(own.retrieve_us)
    rows = [
        [
            one.kind,
            *(f"{one.recall:.4f}", f"{one.qps:,.0f}"),
            *(_number(one.within_recall, "{:.4f}"), _number(one.within_qps, "{:,.0f}")),
        ]
        for one in own.domains
    ]
    return (
        f"sanderling alone: {own.edges:,} edges; search, k and ef 64: {search:.0f} µs; search and attention over 256"
        f" nodes within 2 hops: {retrieve:.0f} µs, {own.retrieve_over_search:.2f}x\n\n"
        f"Recall@{k} and QPS at ef 64 of {own.domain_vectors:,} vectors in 50 domains\n\n"
        + _table(["domains", "recall", "QPS", "recall in one", "QPS in one"], rows)
    )


def _plain(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
