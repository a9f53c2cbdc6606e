"""Summarises the sentences of all questions: time, accuracy and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from ...device.machine import machine_block
from ...device.profiles import choose
from ...memory import Embedder
from ...records import Record
from ...stages.confidence import Signs, probability
from ...stages.quote import LEAST
from ..interruptible import Interruptible
from ..metrics.percentiles import Percentiles, percentiles
from ..retrieval.kept import Progress
from .fit import Floats, auroc, fit
from .measure import Sample, measure

BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


class SetReport(Record):
    """Results of the sentences for one set of questions."""

    name: str
    questions: int
    holds: float
    """Share of all questions whose sentence holds the answer, shown or not."""
    one_hop: float | None
    """The same of questions that need one note; None: there are none."""
    shown: float
    """Share of questions for which a sentence is shown, by the weights that ship."""
    right: float | None
    """Share of the sentences shown that hold the answer; None: none is shown."""
    auroc_left_out: float | None
    """AUROC of the confidence fitted to all other sets; None: there is no other set, or all are alike."""
    auroc: float | None
    """AUROC of the confidence that ships."""


class Bin(Record):
    """Questions whose confidence lies between two bounds."""

    low: float
    high: float
    questions: int
    mean: float
    """Mean confidence."""
    holds: float
    """Share whose sentence holds the answer."""


class Report(Record):
    """Results of all sets."""

    machine: dict[str, object]
    embedder: str
    total_ms: Percentiles
    cpu_ms: Percentiles
    parts_ms: dict[str, float]
    """Median of each step."""
    sets: tuple[SetReport, ...]
    pooled_left_out: float | None
    """AUROC over all sets, each by the weights fitted to the others."""
    reliability: tuple[Bin, ...]
    """Reliability of confidences by weights fitted to the other sets; by those that ship, where there is one set."""
    least: float
    """Confidence below which nothing is shown."""
    weights: dict[str, float]
    """Weights fitted to all sets, and the bias, for ``stages/confidence.py``."""
    samples: tuple[Sample, ...]
    interrupted: bool = False


def run(
    names: Sequence[str | Path],
    embedder: Embedder,
    *,
    limit: int | None = None,
    on_progress: Progress = lambda done, total, what: None,
) -> Report:
    """Ask the questions of the sets ``names``, and report on the sentence quoted for each.

    See :func:`~sanderling.bench_device.quote.measure.measure`.
    """
    stop = Interruptible()
    samples = measure(names, embedder, stop, limit=limit, on_progress=on_progress)
    stop.require(samples)
    return summarise(samples, embedder.id, machine_block(choose("auto").device), interrupted=stop.came)


def summarise(
    samples: Sequence[Sample], embedder_id: str, machine: dict[str, object], *, interrupted: bool = False
) -> Report:
    """Return the report on ``samples``.

    There must be at least one.
    """
    told = [each for each in samples if each.signs]
    names = list(dict.fromkeys(each.set for each in samples))
    sets = np.array([names.index(each.set) for each in told])
    signs: Floats = np.array([each.signs for each in told], dtype=np.float64).reshape(len(told), len(Signs._fields))
    holds: Floats = np.array([each.holds for each in told], dtype=np.float64)
    shipped = np.array([probability(Signs(*row)) for row in signs.tolist()])
    left_out = np.full(len(told), np.nan)
    for number in range(len(names)) if len(names) > 1 else ():
        others = sets != number
        left_out[~others] = fit(signs[others], holds[others]).probability(signs[~others])
    fitted = fit(signs, holds)
    return Report(
        machine=machine,
        embedder=embedder_id,
        total_ms=percentiles([each.total_ms for each in samples]),
        cpu_ms=percentiles([each.cpu_ms for each in samples]),
        parts_ms={
            part: float(np.median([getattr(each, f"{part}_ms") for each in samples]))
            for part in ("embed", "retrieval", "quote")
        },
        sets=tuple(
            _set(name, samples, shipped[sets == number], left_out[sets == number], holds[sets == number])
            for number, name in enumerate(names)
        ),
        pooled_left_out=auroc(left_out, holds) if len(names) > 1 else None,
        reliability=tuple(_bins(left_out if len(names) > 1 else shipped, holds)),
        least=LEAST,
        weights={**dict(zip(Signs._fields, fitted.weights.tolist(), strict=True)), "bias": fitted.bias},
        samples=tuple(samples),
        interrupted=interrupted,
    )


def _set(name: str, samples: Sequence[Sample], shipped: Floats, left_out: Floats, holds: Floats) -> SetReport:
    asked = [each for each in samples if each.set == name]
    one_hop, shown = [each.holds for each in asked if each.hops == 1], shipped >= LEAST
    return SetReport(
        name=name,
        questions=len(asked),
        holds=float(np.mean([each.holds for each in asked])),
        one_hop=float(np.mean(one_hop)) if one_hop else None,
        shown=float(shown.sum() / len(asked)),
        right=float(holds[shown].mean()) if shown.any() else None,
        auroc_left_out=None if np.isnan(left_out).any() else auroc(left_out, holds),
        auroc=auroc(shipped, holds),
    )


def _bins(confidence: Floats, holds: Floats) -> list[Bin]:
    found = []
    for low, high in pairwise(BINS):
        within = (confidence >= low) & ((confidence < high) | (high == BINS[-1]))
        if within.any():
            mean, share = float(confidence[within].mean()), float(holds[within].mean())
            found.append(Bin(low=low, high=high, questions=int(within.sum()), mean=mean, holds=share))
    return found
