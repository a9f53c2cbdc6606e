"""Build a :class:`.board.Board` for each setting from the table of collected answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from ...device import calibration
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
from .board import NONE, Board, joined
from .cells import complete

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
        quoted=table.quoted[rows],
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
    table: Table, judged_in: Sequence[Setting], parts: int | Ints, count: int, seed: int
) -> Iterator[tuple[Board, Board]]:
    """Yield pairs of a training board and an evaluation board.

    ``parts``: number of parts drawn at random, or the part of each question, such as its set. No question is evaluated
    in two pairs. The other questions are the training board, in ``count`` settings. The evaluation board holds, in each
    setting of ``judged_in``, only the questions that are :func:`~.cells.complete`; otherwise a fixed choice could
    silently fall back to another model.
    """
    judgeable = complete(table)
    order = np.random.default_rng(seed).permutation(len(table))
    if isinstance(parts, int):
        pieces = [np.sort(order[part::parts]) for part in range(parts)]
    else:
        pieces = [np.flatnonzero(parts == part) for part in np.unique(parts)]
    for held in pieces:
        learned = np.setdiff1d(order, held)
        if judgeable[held].any() and len(learned):
            judged = [board(table, each, held[judgeable[held]]) for each in judged_in]
            yield in_many_settings(table, learned, count, seed), joined([each for each in judged if len(each)])


def elsewhere(table: Table, count: int, seed: int) -> list[Setting]:
    """Return evaluation settings that are never drawn for training: other devices, loads and budgets."""
    return settings.drawn(table.ladder, table.context_tokens, count, seed + _APART)


def at_home(table: Table, profile: Profile, budget_ms: float | None) -> Setting:
    """Return the evaluation setting of this device: ``profile`` with the whole ladder loaded.

    Its name says whose speeds it has: those measured here, if all models were; else those of the machine that collected
    the answers; for models without answers, those predicted by the profile.
    """
    entries = [registry.get(name) for name in table.ladder]
    found = settings.setting(profile, entries, budget_ms=budget_ms, measured=True)
    asked = np.flatnonzero(table.tried.any(axis=(0, 2))).tolist()
    quants = [entry.files_of()[0].quant for entry in entries]
    measured = all(
        calibration.lookup(entries[rung].id, quants[rung], n_threads=profile.threads_decode) for rung in asked
    )
    candidates = [replace(candidate, warm=True) for candidate in found.candidates]
    if measured:
        return replace(found, name=f"{profile.name}, speeds measured here", candidates=tuple(candidates))
    collected = collected_speeds(table)
    for rung, (prefill, decode) in collected.items():
        candidates[rung] = replace(candidates[rung], prefill_tokens_per_s=prefill, decode_tokens_per_s=decode)
    whose = "of the collecting machine" if collected else "predicted, none was measured"
    return replace(found, name=f"{profile.name}, speeds {whose}", candidates=tuple(candidates))


def collected_speeds(table: Table) -> dict[int, tuple[float, float]]:
    """Return the median speeds of reading and writing by rung, in tokens per second.

    They are those of the models with timed answers. The collecting machine may have been shared, which slows all
    models alike: ratios of times hold better than times.
    """
    found: dict[int, list[tuple[float, float]]] = {}
    for (_, model, _), tried in table.drafts.items():
        read = tried.prompt_tokens - tried.cached_tokens
        if tried.same_as is None and tried.prefill_ms > 0 and tried.decode_ms > 0 and read > 0:
            speeds = read / tried.prefill_ms, tried.completion_tokens / tried.decode_ms
            found.setdefault(model, []).append(speeds)
    medians = {model: np.median(speeds, axis=0) for model, speeds in found.items()}
    return {model: (1000 * float(each[0]), 1000 * float(each[1])) for model, each in medians.items()}


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
