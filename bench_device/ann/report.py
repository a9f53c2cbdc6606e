"""Records of a comparison, serialised as JSON; ``tables.py`` renders them as Markdown."""

from __future__ import annotations

import msgspec

from ...records import Record
from .churn import Churn
from .filtered import Filtered
from .front import qps_at
from .measure import ClockName
from .open_cost import Opening
from .ours_only import Own
from .parallel import Parallel


class Settings(Record):
    """All settings of a comparison, except its vectors."""

    k: int
    m: int
    ef_construction: int
    ef_search: tuple[int, ...]
    recalls: tuple[float, ...]
    """Recalls at which QPS are compared."""
    threads: int
    """Threads for building; searches use one."""
    builds: int
    repetitions: int
    """Passes over all queries per ``ef_search``."""
    openings: int
    """Number of times each saved index is opened; 0: none is saved."""
    clock: ClockName
    """Clock for building, inserting and searching; openings, threads and attention are timed by the wall clock."""
    single_inserts: int
    """Maximum number of vectors inserted singly after the build, at most a tenth of all."""
    exact_queries: int
    """Maximum number of queries for an exact index, and for every index under a filter."""
    filter_shares: tuple[float, ...]
    """Shares of allowed vectors in filtered searches; shares with fewer than k vectors are skipped."""
    filter_ef: int
    parallel_ef: int
    """``ef_search`` with two threads, and for searches beside a counting thread."""
    parallel_build: int
    """Maximum number of vectors built beside a counting thread; 0: nothing is measured with two threads."""
    domain_vectors: int
    """Maximum number of vectors divided into domains; 0: domains and attention are not measured."""
    churn_vectors: int
    """Maximum number of vectors in the churn measurement, which is skipped below 3 k."""
    churn_ef: int
    seed: int


class Point(Record):
    """Recall and QPS of one index at one ``ef_search``; an exact index ignores that value."""

    ef: int
    recall: float
    qps: float
    """Median of the samples."""
    qps_samples: tuple[float, ...]


class Index(Record):
    """All measurements of one index."""

    name: str
    version: str
    exact: bool
    build_threads: int
    build_s: tuple[float, ...]
    """Seconds of each build."""
    insert_ms: tuple[float, ...]
    """Milliseconds of each single insert into the built index, in memory; empty if it takes no inserts."""
    call_us: float | None
    """Microseconds of a search among k vectors, roughly the call overhead contained in every search."""
    points: tuple[Point, ...]
    file_bytes: int | None
    """Size of the saved index, summed over its files. None, here and for ``churn`` and ``filtered``, if the library
    does not support it; ``openings`` is then empty."""
    openings: tuple[Opening, ...]
    churn: Churn | None
    filtered: tuple[Filtered, ...] | None
    """Results per share of allowed vectors."""
    parallel: Parallel | None
    """Results for two threads; None for an exact index."""

    def qps_at(self, recall: float) -> float | None:
        """Return the QPS at ``recall``, interpolated by :func:`sanderling.bench_device.ann.front.qps_at`."""
        return qps_at([(point.recall, point.qps) for point in self.points], recall)


class IndexReport(Record):
    """One comparison of indexes."""

    machine: dict[str, object]
    load_average: tuple[float, float, float]
    """Load average over 1, 5 and 15 minutes, before the measurement."""
    vectors: str
    how: str
    n: int
    dim: int
    n_queries: int
    settings: Settings
    indexes: tuple[Index, ...]
    own: Own | None
    """Results for attention and domains; None if our index was not measured."""
    missing: dict[str, str]
    """Requested indexes that are not installed, with the command that installs them."""
    refused: dict[str, str] = msgspec.field(default_factory=dict)
    """Requested indexes that do not run on this CPU, with the reason."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run. Later measurements are then empty, as for an unsupported operation."""

    def raw_jsonl(self) -> str:
        """Return the report as JSON lines, with every sample.

        The first line is the run without its indexes, then each index has a line.
        """
        run = {name: value for name, value in msgspec.structs.asdict(self).items() if name != "indexes"}
        return "".join(msgspec.json.encode(line).decode() + "\n" for line in (run, *self.indexes))
