"""Compares all ways of searching on the questions of several workloads.

The :class:`Report` has quality with intervals, latency, and all samples. A question is embedded once, outside the
clock, and asked every way before the next question, so that a slowdown of the machine affects all ways alike.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np

from ...device.machine import machine_block
from ...device.profiles import choose
from ...embedding.contract import embed_queries
from ...errors import UsageError
from ...memory import Embedder
from ...memory.retrieve.attention_weights import shipped
from ...records import Record, Vectors
from ..interruptible import Interruptible
from ..metrics import quality
from ..metrics.estimate import Estimate
from ..metrics.percentiles import Percentiles, percentiles
from ..workloads import Question, Workload, load
from .kept import Progress, documents, kept_memory
from .losses import Lost, generated, losses
from .training import Ranked
from .union import in_union, others, own, require_several
from .ways import RELATIONS, TRAINED, Way, channel_ablations, hybrid, trained, ways, without_edges

DEPTHS = (2, 5, 10)
REFERENCES = ("dense", "RRF of dense and BM25", "PageRank from RRF and titles", "hybrid")
"""Names of the reference ways, against which every way is compared on each question."""
HELD_OUT = "attention, trained, held out"
LEFT_OUT = "attention, trained without this set"
"""Rankings from ``sanderling memory train --raw``, by weights trained without the question, or without its set."""
MEASURES = (*(f"R@{k}" for k in DEPTHS), *(f"all@{k}" for k in DEPTHS), "nDCG@10", "MRR")
_COMPARED = ("R@5", "all@5")


class Sample(Record):
    """The documents that one way of searching found for one question, with measures and latency."""

    way: str
    question: str
    ranked: tuple[str, ...]
    """The first ten documents, best first."""
    measures: dict[str, float]
    latency_ms: float | None
    """None for a ranking read from a file."""


class Scored(Record):
    """Measures of one way of searching, estimated over all questions of a set."""

    way: str
    estimates: dict[str, Estimate]
    over: dict[str, dict[str, Estimate]]
    """Mean differences from each of :data:`REFERENCES`, paired by question."""
    latency_ms: Percentiles | None


class SetReport(Record):
    """Results of one set of questions."""

    name: str
    questions: int
    nodes: int
    """Number of nodes in the memory that was searched."""
    edges: dict[str, int]
    scored: tuple[Scored, ...]
    samples: tuple[Sample, ...]
    lost_by: str
    """The way of searching whose losses ``lost`` counts."""
    lost: tuple[Lost, ...]
    """Fates of needed notes, by the number of hops of the question and the place of the note."""


class Report(Record):
    """Results of all sets, with machine, embedder and seed."""

    machine: dict[str, object]
    embedder: str
    seed: int
    sets: tuple[SetReport, ...]
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results are those measured before."""

    def lost_in_union(self) -> dict[str, dict[str, dict[str, Estimate]]]:
        """Return the drop of each measure, paired by question, between a memory per set and one memory of all sets.

        A loss below 0 is a gain. Empty without sets asked in one memory of all.
        """
        alone = {each.name: each for each in self.sets}
        return {
            own(each.name): _losses(alone[own(each.name)].samples, each.samples, self.seed)
            for each in self.sets
            if own(each.name) != each.name and own(each.name) in alone
        }

    def raw_jsonl(self) -> str:
        """Return the samples as JSON, one line per set, way and question."""
        lines = [
            msgspec.json.encode({"set": each.name, **msgspec.structs.asdict(sample)}).decode()
            for each in self.sets
            for sample in each.samples
        ]
        return "\n".join(lines) + "\n"


def compare(
    names: Sequence[str | Path],
    embedder: Embedder,
    *,
    seed: int = 0,
    limit: int | None = None,
    held_out: Sequence[Ranked] = (),
    union: bool = False,
    on_progress: Progress = lambda done, total, what: None,
) -> Report:
    """Compare all ways of searching on the questions of the workloads ``names``.

    ``limit``: the first so many questions of each; None: all. ``held_out``: rankings by weights that had not
    seen the questions; without them the only row of trained attention is that of the weights that ship, which were
    trained on the development sets. ``union``: ask every question again in one memory of all sets. Memories are kept in
    the data folder. Raises UsageError for a folder that cannot be read or has no questions with gold documents.
    """
    machine = machine_block(choose("auto").device)
    works = [load(name) for name in names]
    if union:
        require_several(works)
    for work in works:
        if not any(question.gold for question in work.questions):
            raise UsageError(f"{work.name}: no question of it has a passage that answers it: nothing to measure")
    sets: list[SetReport] = []
    stop = Interruptible()
    for work in works:
        if not stop.came:
            sets += _one_set(work, (), embedder, seed, limit, held_out, stop, on_progress)
    for work in works if union else ():
        if not stop.came:
            sets += _one_set(work, others(work, works), embedder, seed, limit, held_out, stop, on_progress)
    stop.require(sets)
    return Report(machine=machine, embedder=embedder.id, seed=seed, sets=tuple(sets), interrupted=stop.came)


def _one_set(
    work: Workload,
    beside: Sequence[Workload],
    embedder: Embedder,
    seed: int,
    limit: int | None,
    held_out: Sequence[Ranked],
    stop: Interruptible,
    on_progress: Progress,
) -> Iterator[SetReport]:
    """Yield the report on one set, or nothing if Ctrl-C is pressed before the first question is done."""
    questions = [question for question in work.questions if question.gold][:limit]
    name = in_union(work.name) if beside else work.name
    with ExitStack() as stack:
        memory = stack.enter_context(kept_memory(work, embedder, on_progress, beside))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        all_ways = ways(memory)
        if not beside:
            all_ways |= channel_ablations(memory)
        for left_out in () if beside else (*((relation,) for relation in RELATIONS), RELATIONS):
            copy = stack.enter_context(without_edges(memory, embedder, left_out, folder))
            edges = "any edge" if left_out == RELATIONS else f"{left_out[0]} edges"
            all_ways[f"hybrid without {edges}"] = hybrid(copy)
            if TRAINED in all_ways:
                all_ways[f"{TRAINED}, without {edges}"] = trained(copy, shipped())
        asked: list[tuple[Sample, ...]] = []
        vectors: dict[str, Vectors] = {}
        ids = documents(memory, work, beside)
        with stop:
            for samples_of_one in _ask(name, questions, embedder, all_ways, ids, vectors, on_progress):
                asked.append(samples_of_one)
        questions = questions[: len(asked)]
        stats = memory.stats()
        pools = [generated(memory, question.text, vectors[question.id], ids) for question in questions]
    if not asked:
        return
    samples = (*chain.from_iterable(asked), *_read(name, questions, held_out))
    measured = list(dict.fromkeys(sample.way for sample in samples))
    lost_by = next(way for way in (HELD_OUT, TRAINED, "hybrid") if way in measured)
    ranked = {sample.question: sample.ranked for sample in samples if sample.way == lost_by}
    references = {way: {sample.question: sample for sample in samples if sample.way == way} for way in REFERENCES}
    yield SetReport(
        name=name,
        questions=len(questions),
        nodes=stats.nodes,
        edges=stats.edges_by_relation,
        scored=tuple(
            _scored(way, [sample for sample in samples if sample.way == way], references, seed) for way in measured
        ),
        samples=samples,
        lost_by=lost_by,
        lost=losses([(each, ranked[each.id], pool) for each, pool in zip(questions, pools, strict=True)]),
    )


def _ask(
    name: str,
    questions: Sequence[Question],
    embedder: Embedder,
    all_ways: dict[str, Way],
    ids: dict[int, str],
    vectors: dict[str, Vectors],
    on_progress: Progress,
) -> Iterator[tuple[Sample, ...]]:
    """Run every way of searching on each question, and yield the samples of one question at a time.

    ``vectors`` receives the vector of each question by its id.
    """
    for number, question in enumerate(questions):
        on_progress(number, len(questions), name)
        vector = vectors[question.id] = embed_queries(embedder, [question.text])[0]
        samples: list[Sample] = []
        for way, search in all_ways.items():
            if number == 0:
                search(question.text, vector)  # what is read once at the first question
            start = time.perf_counter()
            keys = search(question.text, vector)
            latency_ms = (time.perf_counter() - start) * 1000
            ranked = list(dict.fromkeys(ids[key] for key in keys if key in ids))
            samples.append(
                Sample(
                    way=way,
                    question=question.id,
                    ranked=tuple(ranked[:10]),
                    measures=measures(ranked, question.gold),
                    latency_ms=latency_ms,
                )
            )
        yield tuple(samples)


def _read(name: str, questions: Sequence[Question], held_out: Sequence[Ranked]) -> tuple[Sample, ...]:
    """Make a sample of each ranking in ``held_out`` that belongs to the set ``name``.

    A kind of ranking, :data:`HELD_OUT` or :data:`LEFT_OUT`, is omitted unless it covers all ``questions``.
    """
    gold = {question.id: question.gold for question in questions}
    of_set = [ranked for ranked in held_out if ranked.set == name and ranked.question in gold]
    orders = {HELD_OUT: {ranked.question: ranked.held_out for ranked in of_set}}
    orders[LEFT_OUT] = {ranked.question: ranked.left_out for ranked in of_set if ranked.left_out}
    return tuple(
        Sample(way=way, question=id_, ranked=ranked, measures=measures(ranked, gold[id_]), latency_ms=None)
        for way, order in orders.items()
        if order.keys() == gold.keys()
        for id_, ranked in order.items()
    )


def measures(ranked: Sequence[str], gold: Sequence[str]) -> dict[str, float]:
    """Return the value of each of :data:`MEASURES` for one ranking of documents."""
    values = (
        *(quality.recall_at(k, ranked, gold) for k in DEPTHS),
        *(quality.all_at(k, ranked, gold) for k in DEPTHS),
        quality.ndcg_at(10, ranked, gold),
        quality.reciprocal_rank(ranked, gold),
    )
    return dict(zip(MEASURES, values, strict=True))


def _scored(way: str, samples: Sequence[Sample], references: Mapping[str, dict[str, Sample]], seed: int) -> Scored:
    times = [sample.latency_ms for sample in samples if sample.latency_ms is not None]
    return Scored(
        way=way,
        estimates={name: _estimate([sample.measures[name] for sample in samples], seed) for name in MEASURES},
        over={
            reference: {
                name: _estimate(
                    [sample.measures[name] - of[sample.question].measures[name] for sample in samples], seed
                )
                for name in _COMPARED
            }
            for reference, of in references.items()
        },
        latency_ms=percentiles(times) if times else None,
    )


def _losses(alone: Sequence[Sample], together: Sequence[Sample], seed: int) -> dict[str, dict[str, Estimate]]:
    before = {(sample.way, sample.question): sample for sample in alone}
    pairs: dict[str, list[tuple[Sample, Sample]]] = {}
    for sample in together:
        if (of := before.get((sample.way, sample.question))) is not None:
            pairs.setdefault(sample.way, []).append((of, sample))
    return {
        way: {
            name: _estimate([one.measures[name] - other.measures[name] for one, other in of_way], seed)
            for name in _COMPARED
        }
        for way, of_way in pairs.items()
    }


def _estimate(values: Sequence[float], seed: int) -> Estimate:
    low, high = quality.bootstrap_interval(values, seed)
    return Estimate(mean=float(np.mean(values)), low=low, high=high)
