"""Everything one comparison measured, as records for JSON and as tables for a person."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from sanderling.records import Record

from .churn import Churn
from .front import qps_at
from .measure import ClockName
from .opening import Opening

BASELINE = "hnswlib"
"""The library to which ratios are given."""


class Settings(Record):
    """Every choice of a comparison beside its vectors."""

    k: int
    m: int
    ef_construction: int
    ef_search: tuple[int, ...]
    recalls: tuple[float, ...]
    """At which QPS are compared."""
    threads: int
    """Wanted for building; searches use one."""
    builds: int
    repetitions: int
    """Passes over all queries per ``ef_search``."""
    openings: int
    """Per index."""
    clock: ClockName
    """By which everything but openings is timed."""
    single_inserts: int
    """Vectors at most that are left out of the build and inserted one by one; a tenth of all at most."""
    exact_queries: int
    """Queries asked of an index that compares all vectors, at most."""
    churn_vectors: int
    """Vectors used for the churn, at most; none is done with fewer than 3 k."""
    churn_ef: int
    seed: int


class Point(Record):
    """One ``ef_search``, which an exact index does not heed."""

    ef: int
    recall: float
    qps: float
    """Median of the samples."""
    qps_samples: tuple[float, ...]


class Index(Record):
    """What one index was measured at."""

    name: str
    version: str
    exact: bool
    build_threads: int
    build_s: tuple[float, ...]
    """One sample per build."""
    insert_ms: tuple[float, ...]
    """One sample per vector inserted by itself into the built index, in memory."""
    call_us: float
    """A search among k vectors: what the call from Python costs, about, and every search contains."""
    points: tuple[Point, ...]
    file_bytes: int | None
    """None, here and for ``openings`` and ``churn``: the library cannot do that."""
    openings: tuple[Opening, ...]
    churn: Churn | None

    def qps_at(self, recall: float) -> float | None:
        """See :func:`.front.qps_at`."""
        return qps_at([(point.recall, point.qps) for point in self.points], recall)


class Report(Record):
    """One comparison."""

    machine: dict[str, object]
    load_average: tuple[float, float, float]
    """Over 1, 5 and 15 minutes, before anything was measured."""
    vectors: str
    how: str
    n: int
    dim: int
    n_queries: int
    settings: Settings
    indexes: tuple[Index, ...]
    missing: dict[str, str]
    """Indexes that were asked for and are not installed, with the command that installs them."""

    def to_markdown(self) -> str:
        """The tables a person reads, with every setting above them."""
        chosen = self.settings
        settings = ", ".join(f"{name} {_plain(value)}" for name, value in msgspec.structs.asdict(chosen).items())
        load = " ".join(f"{value:.2f}" for value in self.load_average)
        parts = [
            f"{self.vectors}: {self.n:,} x {self.dim}, {self.n_queries:,} queries ({self.how})\n"
            f"{settings}; load average {load}\n",
            f"QPS, one thread, one query a call, at recall@{chosen.k}; in brackets the ratio to {BASELINE}\n\n"
            + _table(["index", *(f"{recall:g}" for recall in chosen.recalls)], [*self._compared()]),
            "Making, opening, size\n\n" + _table(["index", *_COSTS], [*self._costs()]),
        ]
        churned = [[index.name, *_churn(index.churn)] for index in self.indexes if index.churn is not None]
        if churned:
            head = ["index", "before", "after", "built afresh", "after - afresh", "replace ms"]
            parts.append(f"Recall at ef {chosen.churn_ef}, half of the vectors replaced\n\n" + _table(head, churned))
        parts.append("Recall and QPS by ef_search\n\n" + _table(["index", "ef", "recall", "QPS"], [*self._swept()]))
        if self.missing:
            parts.append("".join(f"{name} is not installed: {hint}\n" for name, hint in self.missing.items()))
        return "\n".join(parts)

    def raw_jsonl(self) -> str:
        """One JSON line for the run without its indexes, and one per index with every sample."""
        run = {name: value for name, value in msgspec.structs.asdict(self).items() if name != "indexes"}
        return "".join(msgspec.json.encode(line).decode() + "\n" for line in (run, *self.indexes))

    def _compared(self) -> Iterator[list[str]]:
        baseline = next((index for index in self.indexes if index.name == BASELINE), None)
        for index in self.indexes:
            cells = [index.name]
            for recall in self.settings.recalls:
                qps = index.qps_at(recall)
                theirs = None if baseline is None else baseline.qps_at(recall)
                cells.append(_number(qps, "{:,.0f}") + (f" ({qps / theirs:.2f}x)" if qps and theirs else ""))
            yield cells

    def _costs(self) -> Iterator[list[str]]:
        for index in self.indexes:
            yield [index.name, *(show(index, self.n) for show in _COSTS.values())]

    def _swept(self) -> Iterator[list[str]]:
        for index in self.indexes:
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
    "build s (threads)": lambda index, n: f"{statistics.median(index.build_s):.2f} ({index.build_threads})",
    "insert P50 ms": lambda index, n: _number(_percentile(index.insert_ms, 50), "{:.3f}"),
    "P99 ms": lambda index, n: _number(_percentile(index.insert_ms, 99), "{:.3f}"),
    "open ms": lambda index, n: _number(_median(tuple(one.open_ms for one in index.openings)), "{:.1f}"),
    "resident B/vector": lambda index, n: _number(
        _median(tuple(one.resident_bytes / n for one in index.openings)), "{:,.0f}"
    ),
    "file B/vector": lambda index, n: _number(None if index.file_bytes is None else index.file_bytes / n, "{:,.0f}"),
    "call µs": lambda index, n: f"{index.call_us:.1f}",
}
"""Columns of the table of costs; each is given an index and the number of vectors in it."""


def _churn(churn: Churn) -> list[str]:
    recalls = [f"{value:.4f}" for value in (churn.before, churn.after, churn.fresh)]
    return [*recalls, f"{churn.after - churn.fresh:+.4f}", f"{churn.replace_ms:.3f}"]


def _plain(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
