"""Build a :class:`.board.Board` for each setting from the table of collected answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from ...device.profiles import Profile
from ...errors import UsageError
from ...models import registry
from ...router.labels import settings
from ...router.labels.labels import cost_tflop, label, second_steps
from ...router.labels.rows import Asked
from ...router.labels.settings import Setting
from ...router.labels.table import Table
from ...router.training.examples import MODELS, Floats, Ints
from ...router.training.expected import expected
from ..scenarios.scenarios import SCENARIOS
from .board import NONE, Board, Bools, joined

_APART = 1_000_000
"""Offset between the seeds of training and evaluation settings."""


def board(table: Table, setting: Setting, questions: Ints, hoped: Floats | None = None) -> Board:
    """Return a board of the questions with these indices in ``table``, except those without an allowed choice.

    ``hoped``: expected qualities of the whole table; None: the measured ones. Raises the errors of
    :func:`sanderling.router.labels.labels.label`.
    """
    labels = label(table, setting)
    rows = np.array([row for row in questions.tolist() if labels.allowed[row].any()], dtype=np.int64)
    allowed = labels.allowed[rows]
    cost = cost_tflop(table, setting)[rows]
    latency = labels.latency_ms[rows]
    price = setting.lambda_per_ms * latency + setting.mu_per_tflop * cost
    second = np.where(allowed[..., None], second_steps(table, labels)[rows], np.nan).astype(np.float32)
    budget_ms = setting.constraints.budget_ms
    return Board(
        first=labels.features[rows],
        second=_ladder(second),
        quality=_ladder(np.where(allowed, table.quality[rows], np.nan)),
        expected=_ladder(np.where(allowed, (table.quality if hoped is None else hoped)[rows], np.nan)),
        latency_ms=_ladder(np.where(allowed, latency, np.nan)),
        price=_ladder(np.where(allowed, price, np.nan)),
        tokens=_ladder(np.where(allowed, cost, np.nan)),
        em=_ladder(np.where(allowed, _scores(table, rows, "em"), np.nan)),
        f1=_ladder(np.where(allowed, _scores(table, rows, "f1"), np.nan)),
        question=rows,
        scenario=np.array([_scenario(table.asked[row]) for row in rows.tolist()], dtype=np.int64),
        rest_ms=np.array([table.asked[row].retrieval_ms or np.nan for row in rows.tolist()]),
        budget_ms=np.full(len(rows), np.nan if budget_ms is None else budget_ms),
        y_temperature=labels.y_temperature[rows],
        y_top_p=labels.y_top_p[rows],
    )


def in_many_settings(table: Table, questions: Ints, count: int, seed: int) -> Board:
    """Return a training board of these questions in ``count`` settings drawn from all device profiles.

    With many settings, each gets only some of the questions. Raises UsageError when no setting allows any tried choice.
    """
    smooth = expected(table, questions)
    drawn = settings.drawn(table.ladder, table.context_tokens, count, seed)
    random, some = np.random.default_rng(seed), settings.questions_each(len(questions), count)
    boards = [board(table, each, np.sort(random.permutation(questions)[:some]), smooth) for each in drawn]
    kept = [each for each in boards if len(each)]
    if not kept:
        raise UsageError("no setting allows any of the answers collected: let  sanderling router collect  run longer")
    return joined(kept)


def folds(
    table: Table, judged_in: Sequence[Setting], parts: int, count: int, seed: int
) -> Iterator[tuple[Board, Board]]:
    """Yield up to ``parts`` pairs of a training board and an evaluation board.

    No question is evaluated in two pairs. The other questions are the training board, in ``count`` settings. The
    evaluation board holds, in each setting of ``judged_in``, only the questions that every model of the collection
    answered; otherwise a fixed choice could silently fall back to another model.
    """
    everywhere = table.tried.reshape(len(table), -1)
    complete: Bools = np.array([row[everywhere.any(axis=0)].all() for row in everywhere])
    order = np.random.default_rng(seed).permutation(len(table))
    for part in range(parts):
        held = np.sort(order[part::parts])
        if complete[held].any():
            learned = np.setdiff1d(order, held)
            judged = [board(table, each, held[complete[held]]) for each in judged_in]
            yield in_many_settings(table, learned, count, seed), joined([each for each in judged if len(each)])


def elsewhere(table: Table, count: int, seed: int) -> list[Setting]:
    """Return evaluation settings that are never drawn for training: other devices, loads and budgets."""
    return settings.drawn(table.ladder, table.context_tokens, count, seed + _APART)


def at_home(table: Table, profile: Profile, budget_ms: float | None) -> Setting:
    """Return the evaluation setting of this device: ``profile`` with measured speeds and the whole ladder loaded."""
    entries = [registry.get(name) for name in table.ladder]
    found = settings.setting(profile, entries, budget_ms=budget_ms, measured=True)
    return replace(found, candidates=tuple(replace(candidate, warm=True) for candidate in found.candidates))


def _scores(table: Table, rows: Ints, measure: str) -> Floats:
    """Return one score of each answer, [n, models, contexts]; NaN where no answer was collected.

    ``measure``: the score's field name.
    """
    found = np.full(table.quality.shape, np.nan)
    for at, tried in table.drafts.items():
        found[at] = getattr(tried.scores, measure)
    taken: Floats = found[rows]
    return taken


def _scenario(asked: Asked) -> int:
    """Return the question's scenario: 0, 1 or 2 for one, two or more notes; -1 for arithmetic without notes."""
    return NONE if asked.numeric else min(max(asked.hops, 1), len(SCENARIOS)) - 1


def _ladder(values: Floats) -> Floats:
    """Pad ``values`` with NaN to the router's four models; the added models are not allowed."""
    missing = MODELS - values.shape[1]
    if missing == 0:
        return values
    return np.pad(values, [(0, 0), (0, missing), *[(0, 0)] * (values.ndim - 2)], constant_values=np.nan)
