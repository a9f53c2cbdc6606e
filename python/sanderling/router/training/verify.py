"""Fits verifiers, with thresholds and gains, to collected drafts.

The verifiers are the unfitted rule, of which the curve is fitted, and the logistic regression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ...records import CONTEXT_BINS
from ..verifier.gains import Gain, Gains
from ..verifier.logistic import Logistic
from ..verifier.signals import NAMES
from ..verifier.unfitted import Unfitted, scores
from .drafts import Bools, Drafts, Floats
from .examples import Ints

PENALTY = 10.0
"""Ridge penalty of a standardised coefficient, in units of the log-likelihood of one answer."""
LEAST_PENALTY = 0.01
"""Penalty of the unfitted score, from which a regression departs only where the answers say so."""
WRONG = 0.92
"""Share of the answers called not sure that have to be wrong, on the drafts for choosing the threshold. It is above the
85 per cent that is promised, because other sets have more right answers than those drafts."""
LEAST = 20
"""Fewest answers below a threshold: the share of wrong ones among fewer is chance."""
LEAST_PAIRS = 25
"""Fewest questions on which a gain is measured; a pair of settings with fewer keeps the default."""
PRIOR = 20.0
"""Number of questions by which a measured gain is drawn towards the default of its pair."""

_SIZE = NAMES.index("log_parameters")
_IS_SCORE = np.array([name == "score" for name in NAMES])


def regression(x: Floats, y: Bools, penalty: Floats) -> tuple[Floats, float]:
    """Return coefficients and intercept of a logistic regression with a ridge penalty, by Newton's method.

    ``x``: [n, columns]. ``penalty``: of each column. Columns are standardised for the penalty; the intercept has none
    (Hastie, Tibshirani, Friedman, Elements of Statistical Learning, 2nd edition, section 4.4.1).
    """
    mean, std = x.mean(axis=0), x.std(axis=0)
    std = np.where(std > 1e-9, std, 1.0)
    z = np.column_stack([(x - mean) / std, np.ones(len(x))])
    weights, target = np.zeros(z.shape[1]), y.astype(np.float64)
    ridge = np.diag([*penalty, 1e-6])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(z @ weights, -30, 30)))
        gradient = z.T @ (target - p) - ridge @ weights
        step = np.linalg.solve(z.T @ (z * (p * (1 - p))[:, None]) + ridge, gradient)
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    coefficients = weights[:-1] / std
    return coefficients, float(weights[-1] - coefficients @ mean)


def unfitted(drafts: Drafts) -> Unfitted:
    """Fit the curve of the unfitted rule to ``drafts``.

    The rule returned has no threshold.
    """
    x = np.column_stack([scores(drafts.values), drafts.values[:, _SIZE]])
    (a, c), b = regression(x, drafts.right, np.full(2, LEAST_PENALTY))
    return Unfitted(a=float(max(a, 0.0)), b=b, c=float(c), not_sure_below=0.0)


def logistic(drafts: Drafts) -> Logistic:
    """Fit a logistic regression of all signals to ``drafts``.

    It has no threshold.
    """
    coefficients, intercept = regression(drafts.values, drafts.right, np.where(_IS_SCORE, LEAST_PENALTY, PENALTY))
    return Logistic(
        coefficients={name: round(float(value), 6) for name, value in zip(NAMES, coefficients, strict=True)},
        intercept=intercept,
        not_sure_below=0.0,
    )


def threshold(confidence: Floats, right: Bools, wrong: float = WRONG) -> float:
    """Return the confidence below which an answer is called not sure.

    It is the largest below which at least the share ``wrong`` of the answers is wrong; 0 if there is none.

    ``confidence``: of drafts that the verifier was not fitted on, [n].
    """
    order = np.argsort(confidence, kind="stable")
    sorted_, missed = confidence[order], np.cumsum(~right[order])
    count = np.arange(1, len(order) + 1)
    enough = (missed / count >= wrong) & (count >= LEAST)
    # A threshold lies between two confidences, never among equals.
    apart = np.append(sorted_[1:] > sorted_[:-1], True)
    fits = np.flatnonzero(enough & apart)
    if not len(fits):
        return 0.0
    last = int(fits[-1])
    above = sorted_[last + 1] if last + 1 < len(sorted_) else 1.0
    return round(float((sorted_[last] + above) / 2), 4)


class HeldOut(NamedTuple):
    """Judgements of drafts by verifiers fitted on other drafts."""

    confidence: Floats
    """Probability that each draft is right, [n]."""
    score: Floats
    """What the drafts are ranked by, comparable between the fits, [n].

    A fit that lacks an easy set finds all drafts a little less probable than a fit that lacks a hard one. That shift
    leans against the right shares of the sets, and a shipped verifier, which is one fit, has none. A score is therefore
    one that needs no fit or, by default, the log-odds less the mean that the same fit gives to all drafts.
    """


def held_out(
    drafts: Drafts,
    groups: Ints,
    fit: Callable[[Drafts], Callable[[Drafts], Floats]],
    score_of: Callable[[Drafts], Floats] | None = None,
) -> HeldOut:
    """Judge each draft by a verifier that is fitted on the other groups of drafts.

    ``score_of``: a score that needs no fit; None: see :class:`HeldOut`.
    """
    confidence, score = np.full(len(drafts), np.nan), np.full(len(drafts), np.nan)
    for group in np.unique(groups):
        held = groups == group
        every = fit(drafts.take(~held))(drafts)
        odds = np.log(np.clip(every, 1e-9, None)) - np.log(np.clip(1.0 - every, 1e-9, None))
        confidence[held], score[held] = every[held], odds[held] - odds.mean()
    return HeldOut(confidence, score if score_of is None else score_of(drafts))


def gains(drafts: Drafts, confidence: Floats, prior: float = PRIOR) -> tuple[Gain, ...]:
    """Return the gain in quality from each model and context to each other, where enough questions were asked of both.

    Contexts grow for the same model, and a larger model has any context. ``confidence``: of each draft, [n], by a
    verifier that was not fitted on its set.
    """
    shape = (len(drafts.asked), len(drafts.models), len(CONTEXT_BINS))
    quality, sure = np.full(shape, np.nan), np.full(shape, np.nan)
    at = drafts.question, drafts.model, drafts.context
    quality[at], sure[at] = drafts.quality, confidence
    found: list[Gain] = []
    for model, context, to_model, to_context in _pairs(shape[1:]):
        change = quality[:, to_model, to_context] - quality[:, model, context]
        both = np.isfinite(change)
        if both.sum() < LEAST_PAIRS:
            continue
        names = drafts.models[model], CONTEXT_BINS[context], drafts.models[to_model], CONTEXT_BINS[to_context]
        default = Gains().of(*names, drafts.parameters[model])
        at_zero, at_one = _line(sure[both, model, context], change[both], default, prior)
        found.append(
            Gain(
                model_id=names[0],
                context_bin=names[1],
                to_model_id=names[2],
                to_context_bin=names[3],
                at_zero=at_zero,
                at_one=at_one,
                questions=int(both.sum()),
            )
        )
    return tuple(found)


def _line(confidence: Floats, change: Floats, default: Gain, prior: float) -> tuple[float, float]:
    """Return the least-squares line of ``change`` over ``confidence`` as its values at 0 and at 1.

    The default counts as ``prior`` further questions, half of them at each end.
    """
    x = np.concatenate([confidence, [0.0, 1.0]])
    y = np.concatenate([change, [default.at_zero, default.at_one]])
    weight = np.sqrt(np.concatenate([np.ones(len(confidence)), [prior / 2, prior / 2]]))
    design = np.column_stack([1.0 - x, x]) * weight[:, None]
    at_zero, at_one = np.linalg.lstsq(design, y * weight, rcond=None)[0]
    return round(float(at_zero), 4), round(float(at_one), 4)


def _pairs(shape: Sequence[int]) -> list[tuple[int, int, int, int]]:
    models, contexts = shape
    return [
        (model, context, to_model, to_context)
        for model in range(models)
        for context in range(contexts)
        for to_model in range(model, models)
        for to_context in range(contexts)
        if to_model > model or to_context > context
    ]
