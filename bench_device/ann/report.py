"""Everything one comparison measured, as records for JSON; the tables for a person are in ``tables.py``."""

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
    """Queries asked of an index that compares all vectors, and of every index under a filter, at most."""
    filter_shares: tuple[float, ...]
    """Shares of the vectors that filtered searches may find; those of fewer than k vectors are left out."""
    filter_ef: int
    parallel_ef: int
    """Beam of two threads, and of the searches beside a counting one."""
    parallel_build: int
    """Vectors at most that are built beside a counting thread."""
    domain_vectors: int
    """Vectors at most that are divided into domains."""
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
    call_us: float | None
    """A search among k vectors: what the call from Python costs, about, and every search contains."""
    points: tuple[Point, ...]
    file_bytes: int | None
    """None, here and for ``openings``, ``churn`` and ``filtered``: the library cannot do that."""
    openings: tuple[Opening, ...]
    churn: Churn | None
    filtered: tuple[Filtered, ...] | None
    """One per share."""
    parallel: Parallel | None
    """None for an index that compares all vectors."""

    def qps_at(self, recall: float) -> float | None:
        """See :func:`.front.qps_at`."""
        return qps_at([(point.recall, point.qps) for point in self.points], recall)


class IndexReport(Record):
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
    own: Own | None
    """None if our index was not measured."""
    missing: dict[str, str]
    """Indexes that were asked for and are not installed, with the command that installs them."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run: what it came before is empty, as for a library that cannot do it."""

    def raw_jsonl(self) -> str:
        """One JSON line for the run without its indexes, and one per index with every sample."""
        run = {name: value for name, value in msgspec.structs.asdict(self).items() if name != "indexes"}
        return "".join(msgspec.json.encode(line).decode() + "\n" for line in (run, *self.indexes))
