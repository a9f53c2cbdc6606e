"""The two targets of the routed system, for latency and for quality.

They are half the median of the naive system, and nearly the quality of the largest model. A verdict follows from the 95
per cent interval alone: *reached* where all of it keeps to the bound, *missed* where none of it does, else *not shown*.
The largest model at 1,536 tokens was given only some of the questions; its quality on all is estimated as that at 768
tokens plus the mean difference of the two where both are known, which varies less than the quality itself (the
difference estimator, Cochran 1977, section 7.5).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...errors import UsageError
from ...records import Record
from ...router.labels.labels import cost_tflop, latency_ms
from ...router.labels.settings import Setting
from ...router.labels.table import Table
from ...router.training.examples import Floats, Ints
from ..metrics.estimate import Estimate
from ..metrics.outcome import RATIO, REGRET, Outcome, at_most
from .board import Board, Bools, Chosen
from .metrics import SCALE, utility_of
from .resample import Resampling

NAIVE = "naive"


class Target(Record):
    """Results of one system for both targets."""

    policy: str
    questions: int
    quality: Estimate
    utility: Estimate
    p50_ms: float
    mean_ms: float
    p90_ms: float
    regret: Estimate
    """Mean quality of the largest model at its best context minus quality, on the scale from 1 to 5."""
    regret_full: Estimate | None = None
    """The same for the largest model's full context; None: it was not collected."""
    ratio: Estimate | None = None
    """Median latency relative to the naive system's; None: that was not collected."""
    better: Estimate | None = None
    """Quality minus the naive system's, paired."""

    @property
    def fast(self) -> Outcome | None:
        """Verdict on the latency target: at most half of the naive system's median, at no lower quality."""
        if self.ratio is None or self.better is None:
            return None
        if self.ratio.high <= RATIO and self.better.low >= 0:
            return "reached"
        return "missed" if self.ratio.low > RATIO or self.better.high < 0 else "not shown"

    @property
    def near(self) -> Outcome:
        """Verdict on the quality target, compared with the largest model at its best context."""
        return at_most(self.regret, REGRET)

    @property
    def near_full(self) -> Outcome | None:
        """Verdict on the quality target, compared with the largest model at its full context."""
        return None if self.regret_full is None else at_most(self.regret_full, REGRET)


def targets(
    chosen: Mapping[str, Chosen],
    big: Chosen,
    board: Board,
    table: Table,
    setting: Setting,
    naive: Table | None,
    full: Table | None,
    seed: int,
) -> tuple[Target, ...]:
    """Return the results of each policy for both targets.

    The naive system itself has a row where it was collected.

    ``big``: choices of the largest model with its best context. ``board``: made from ``table`` in ``setting``.
    ``naive`` and ``full``: collections of one model and context; None: not collected. Raises UsageError for others.
    """
    draws = Resampling(board.question, seed)
    of_big = big.of(board, board.quality)
    other = None if full is None else single(full, table, board.question)[0] - of_big
    base = None if naive is None else single(naive, table, board.question, setting)
    rows = []
    for name, each in chosen.items():
        system = each.of(board, board.quality), utility_of(each, board), each.spent(board, board.latency_ms)
        rows.append(_target(name, *system, of_big, other, base, draws))
    if base is not None and np.isfinite(base[0]).all():
        quality, latency, price = base
        rows.append(_target(NAIVE, quality, quality - price, latency, of_big, other, base, draws))
    return tuple(rows)


def single(of: Table, table: Table, questions: Ints, setting: Setting | None = None) -> tuple[Floats, Floats, Floats]:
    """Return the quality, the latency in milliseconds and the price of ``questions``, each [n].

    ``of``: a collection of one model and context. ``questions``: rows of ``table``. NaN where the
    collection lacks a question; for latency and price also without a setting. Raises UsageError for a collection with
    several answers to a question.
    """
    answered = of.tried.reshape(len(of), -1)
    if (answered.sum(axis=1) != 1).any():
        raise UsageError("the system to compare with has one model and one context: collect with --cell MODEL:CONTEXT")
    cell = answered.argmax(axis=1)
    at = {asked.question: row for row, asked in enumerate(of.asked)}
    rows = np.array([at.get(table.asked[row].question, -1) for row in questions.tolist()], dtype=np.int64)
    known: Bools = rows >= 0

    def values(array: Floats) -> Floats:
        return np.where(known, array.reshape(len(of), -1)[rows, cell[rows]], np.nan)

    if setting is None:
        nothing = np.full(len(rows), np.nan)
        return values(of.quality), nothing, nothing
    latency = latency_ms(of, setting)
    price = setting.lambda_per_ms * latency + setting.mu_per_tflop * cost_tflop(of, setting)
    return values(of.quality), values(latency), values(price)


def _target(
    name: str,
    quality: Floats,
    utility: Floats,
    latency: Floats,
    big: Floats,
    full: Floats | None,
    naive: tuple[Floats, Floats, Floats] | None,
    draws: Resampling,
) -> Target:
    """``full``: quality of the full context minus ``big``, NaN where unknown."""
    ratio = better = regret_full = None
    if full is not None and np.isfinite(full).any():
        regret_full = _with_difference(SCALE * (big - quality), SCALE * full, draws)
    if naive is not None and (both := np.isfinite(naive[0])).any():
        some = draws.take(both)
        ratio = some.ratio_of_medians(latency[both], naive[1][both])
        better = some.mean(quality[both] - naive[0][both])
    return Target(
        policy=name,
        questions=len(quality),
        quality=draws.mean(quality),
        utility=draws.mean(utility),
        p50_ms=float(np.median(latency)),
        mean_ms=float(latency.mean()),
        p90_ms=float(np.quantile(latency, 0.9)),
        regret=draws.mean(SCALE * (big - quality)),
        regret_full=regret_full,
        ratio=ratio,
        better=better,
    )


def _with_difference(regret: Floats, more: Floats, draws: Resampling) -> Estimate:
    known = np.isfinite(more)
    weights, some = draws.weights, draws.weights[:, known]
    counted = some.sum(axis=1)
    drawn = weights @ regret / weights.sum(axis=1) + some @ more[known] / np.maximum(counted, 1.0)
    return draws.of(float(regret.mean() + more[known].mean()), drawn[counted > 0])
