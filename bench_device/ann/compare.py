"""Run all measurements of this package on several indexes in turn."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Sequence

import msgspec

from ...device.machine import machine_block
from ..interruptible import Interruptible
from . import measure, truth
from .churn import Case, Churn
from .filtered import Filtered, measure_filtered
from .open_cost import Opening, OpenRequest, open_all
from .ours_only import Own, measure_own
from .parallel import Parallel, measure_parallel
from .peer import Peer, Spec, installed, refusal, version
from .peers import PEERS, by_name
from .report import Index, IndexReport, Point, Settings
from .vectors import Dataset

_OPENING_EF = 64
"""``ef_search`` of the searches after opening, large enough to touch most of the index."""

Progress = Callable[[int, int, str], None]


def compare(
    dataset: Dataset,
    settings: Settings,
    names: Sequence[str] = (),
    on_progress: Progress = lambda done, total, what: None,
) -> IndexReport:
    """Measure the indexes in ``names``, or all known ones if ``names`` is empty.

    The report also lists the indexes that are not installed or refuse this CPU. Raises ValueError for an unknown name,
    or for fewer than 3 k vectors.
    """
    if len(dataset.base) < 3 * settings.k:
        raise ValueError(f"{len(dataset.base)} vectors are too few to look for the nearest {settings.k}")
    wanted = [by_name(name) for name in names] or list(PEERS)
    here = [peer for peer in wanted if installed(peer)]
    refused = {peer.name: why for peer in here if (why := refusal(peer)) is not None}
    peers = [peer for peer in here if peer.name not in refused]
    machine, load_average = machine_block(), os.getloadavg()
    bench = _Bench(dataset, settings, peers, on_progress)
    found = _Found(len(peers))
    with Interruptible() as stop:
        bench.build(found.build_s)
        found.insert_ms = bench.insert()
        bench.search(found.qps, found.recalls)
        found.call_us = bench.call()
        found.filtered = bench.filtered()
        found.parallel = bench.parallel()
        found.sizes, found.openings = bench.open()
        found.own = bench.own()
        found.churn = bench.churn()
    stop.require(any(found.build_s))
    return IndexReport(
        machine=machine,
        load_average=load_average,
        vectors=dataset.name,
        how=dataset.how,
        n=len(dataset.base),
        dim=dataset.base.shape[1],
        n_queries=len(dataset.queries),
        settings=settings,
        indexes=tuple(
            Index(
                name=peer.name,
                version=version(peer),
                exact=peer.exact,
                build_threads=bench.indexes[i].threads if bench.indexes else settings.threads,
                build_s=_rounded(found.build_s[i]),
                insert_ms=_rounded(found.insert_ms[i]),
                call_us=found.call_us[i],
                points=found.points(i),
                file_bytes=found.sizes[i],
                openings=tuple(found.openings[i]),
                churn=found.churn[i],
                filtered=found.filtered[i],
                parallel=found.parallel[i],
            )
            for i, peer in enumerate(peers)
        ),
        own=found.own,
        missing={peer.name: f"pip install {' '.join(peer.packages)}" for peer in wanted if not installed(peer)},
        refused=refused,
        interrupted=stop.came,
    )


class _Found:
    """The measurements so far, with one entry per index.

    Measurements that Ctrl-C prevented keep their defaults.
    """

    def __init__(self, peers: int) -> None:
        self.build_s: list[list[float]] = [[] for _ in range(peers)]
        self.insert_ms: list[list[float]] = [[] for _ in range(peers)]
        # By ef_search: a sample for each pass, and the recall, which is the same every time.
        self.qps: list[dict[int, list[float]]] = [{} for _ in range(peers)]
        self.recalls: list[dict[int, float]] = [{} for _ in range(peers)]
        self.call_us: list[float | None] = [None] * peers
        self.filtered: list[tuple[Filtered, ...] | None] = [None] * peers
        self.parallel: list[Parallel | None] = [None] * peers
        self.sizes: list[int | None] = [None] * peers
        self.openings: list[list[Opening]] = [[] for _ in range(peers)]
        self.own: Own | None = None
        self.churn: list[Churn | None] = [None] * peers

    def points(self, peer: int) -> tuple[Point, ...]:
        """Return recall and QPS of one index at each ``ef_search``; an exact index has a single point."""
        return tuple(
            Point(
                ef=ef,
                recall=self.recalls[peer][ef],
                qps=statistics.median(self.qps[peer][ef]),
                qps_samples=_rounded(self.qps[peer][ef]),
            )
            for ef in self.recalls[peer]
        )


class _Bench:
    """The indexes being measured.

    Call each method once, in the order in which this class defines them.

    A returned list, or one that a method appends to, has one entry per index.
    """

    def __init__(
        self, dataset: Dataset, settings: Settings, peers: Sequence[type[Peer]], on_progress: Progress
    ) -> None:
        self.settings = settings
        self.clock = measure.CLOCKS[settings.clock]
        self.peers = peers
        self.base = dataset.base
        self.queries = dataset.queries
        self.indexes: list[Peer] = []
        self._advance = on_progress
        self._bulk = len(self.base) - min(settings.single_inserts, len(self.base) // 10)
        self._spec = Spec(
            dim=self.base.shape[1],
            capacity=len(self.base),
            m=settings.m,
            ef_construction=settings.ef_construction,
            threads=settings.threads,
            seed=settings.seed,
        )

    def build(self, seconds: list[list[float]]) -> None:
        """Build each index ``settings.builds`` times, and append the seconds of each build to ``seconds``.

        The last build of each index is kept. The vectors for :meth:`insert` are left out, except from an index that
        takes all its vectors at once.
        """
        kept: dict[int, Peer] = {}
        for turn in range(self.settings.builds):
            for done, i in enumerate(measure.in_turn(range(len(self.peers)), turn)):
                self._advance(done, len(self.peers), f"build {self.peers[i].name}")
                kept.pop(i, None)  # two indexes of a million vectors side by side may not fit
                rows = self.base[: self._bulk] if self.peers[i].inserts else self.base
                kept[i], taken = measure.build(self.peers[i], self._spec, rows, self.clock)
                seconds[i].append(taken)
        self.indexes = [kept[i] for i in range(len(self.peers))]

    def insert(self) -> list[list[float]]:
        """Insert the remaining vectors one per call, and return the milliseconds of each call.

        Only indexes that take inserts are measured.
        """
        self._advance(0, 1, "single inserts")
        return measure.insert_singly(self.indexes, self._bulk, self.base[self._bulk :], self.clock)

    def search(self, qps: list[dict[int, list[float]]], recalls: list[dict[int, float]]) -> None:
        """Search at each ``ef_search``, and record QPS and recall.

        The QPS of each pass is added to ``qps``, and the recall to ``recalls``.
        """
        exact = truth.exact(self.base, self.queries, self.settings.k)
        efs = self.settings.ef_search
        for turn in range(self.settings.repetitions):
            for step, ef in enumerate(efs):
                self._advance(turn * len(efs) + step, self.settings.repetitions * len(efs), f"search ef {ef}")
                for i in measure.in_turn(range(len(self.peers)), turn):
                    if self.peers[i].exact and step > 0:
                        continue
                    asked = self.queries[: self.settings.exact_queries] if self.peers[i].exact else self.queries
                    found, rate = measure.search_all(self.indexes[i], asked, self.settings.k, ef, self.clock)
                    qps[i].setdefault(ef, []).append(rate)
                    if ef not in recalls[i]:  # the same every time
                        recalls[i][ef] = truth.recall(exact, found)

    def call(self) -> list[float | None]:
        """Return the microseconds per search call of each index, measured on an index of only k vectors."""
        spec = msgspec.structs.replace(self._spec, capacity=self.settings.k)
        return [round(measure.call_us(peer, spec, self.base, self.settings.k, self.clock), 2) for peer in self.peers]

    def filtered(self) -> list[tuple[Filtered, ...] | None]:
        """Measure searches restricted to a share of the vectors.

        An index without filters gets None.
        """
        chosen = self.settings
        self._advance(0, 1, "filter")
        asked = (self.queries[: chosen.exact_queries], chosen.filter_shares, chosen.k, chosen.filter_ef)
        return measure_filtered(self.indexes, self.base, *asked, chosen.repetitions, chosen.seed, self.clock)

    def parallel(self) -> list[Parallel | None]:
        """Measure how much each index blocks other threads.

        An exact index gets None.
        """
        chosen = self.settings
        if not chosen.parallel_build:
            return [None] * len(self.peers)
        self._advance(0, 1, "two threads")
        asked = (self.queries, chosen.k, chosen.parallel_ef, chosen.repetitions)
        return measure_parallel(self.indexes, self._spec, self.base[: chosen.parallel_build], *asked)

    def open(self) -> tuple[list[int | None], list[list[Opening]]]:
        """Save each index, then open it in new processes; return the file sizes and the cost of each opening."""
        if not self.settings.openings:
            return [None] * len(self.peers), [[] for _ in self.peers]
        request = OpenRequest(peer="", spec=self._spec, index="", queries="", k=self.settings.k, ef=_OPENING_EF)
        queries = (self.queries, self.queries[: self.settings.exact_queries])
        return open_all(self.indexes, *queries, request, self.settings.openings, self._advance)

    def own(self) -> Own | None:
        """Measure attention and domains, which only our index offers; return None if our index is not measured."""
        chosen = self.settings
        if not chosen.domain_vectors:
            return None
        self._advance(0, 1, "attention, domains")
        asked = (self.base, self.queries, chosen.k, chosen.domain_vectors, chosen.repetitions, chosen.seed)
        return measure_own(self.indexes, self._spec, *asked, self.clock)

    def churn(self) -> list[Churn | None]:
        """Measure the recall of each index after half of its vectors are replaced.

        The result is None for an index that cannot delete and for an exact one. The recall of an exact index cannot
        fall.
        """
        results: list[Churn | None] = [None] * len(self.peers)
        n = min(self.settings.churn_vectors, len(self.base))
        if n < 3 * self.settings.k:
            return results
        chosen = self.settings
        case = Case(self.base[:n], self.queries, chosen.k, chosen.churn_ef, chosen.seed, self.clock)
        for i, peer in enumerate(self.peers):
            self._advance(i, len(self.peers), f"churn {peer.name}")
            if peer.deletes and not peer.exact:
                results[i] = case.run(peer, self._spec)
        return results


def _rounded(samples: Sequence[float]) -> tuple[float, ...]:
    """Round samples to four decimals."""
    return tuple(round(sample, 4) for sample in samples)
