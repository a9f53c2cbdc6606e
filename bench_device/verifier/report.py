"""All figures of the verifiers on one set of drafts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...records import Record
from ...router.labels.settings import Setting
from ...router.training.drafts import Bools, Drafts, Floats
from ...router.training.verify import HeldOut, held_out, threshold
from ..metrics.estimate import Estimate
from ..policies.resample import Resampling
from . import going_on
from .candidates import Candidate
from .roc import auroc, estimate

COVERAGES = (0.2, 0.4, 0.6, 0.8, 1.0)


class OfModel(Record):
    """How well the confidence in one model's drafts separates right from wrong ones."""

    model_id: str
    drafts: int
    right: float
    """Share of right drafts."""
    auroc: Estimate
    """Area pooled over the sets, each judged by a fit to the others."""
    by_set: dict[str, float]
    """Area within each set; NaN where all drafts are right or all wrong."""
    selective: tuple[float, ...]
    """Accuracy of the surest share of drafts, for each of :data:`COVERAGES`."""


class Judged(Record):
    """The figures of one verifier."""

    name: str
    models: tuple[OfModel, ...]
    calibration_error: float
    """Mean difference of confidence and accuracy over ten bins."""
    not_sure: float
    """Share of drafts called not sure."""
    not_sure_wrong: Estimate
    """Share of these that are wrong."""
    wrong_not_sure: Estimate
    """Share of the wrong drafts that are called not sure."""
    utility: Estimate
    """Utility gained per draft by going on where it is worth its price."""


@dataclass(frozen=True)
class Report:
    """The figures of all verifiers, and the drafts and confidences behind the figures."""

    judged: tuple[Judged, ...]
    confidences: Mapping[str, HeldOut]
    drafts: Drafts
    differences: Mapping[str, Estimate]
    """Utility of each verifier less that of the first, paired over questions."""

    @property
    def best(self) -> Judged:
        """Return the verifier with the highest utility.

        Among verifiers that the interval does not separate, the first listed is returned.
        """
        first = self.judged[0]
        better = [each for each in self.judged[1:] if self.differences[each.name].low > 0]
        return max(better, key=lambda each: each.utility.mean, default=first)


def report(drafts: Drafts, fits: Mapping[str, Candidate], setting: Setting, seed: int) -> Report:
    """Return the figures of all verifiers on ``drafts``, each set judged by fits to the other sets.

    ``setting``: device whose speeds give the price of a second draft.
    """
    draws = Resampling(drafts.question, seed)
    confidences = {name: held_out(drafts, drafts.set, *each) for name, each in fits.items()}
    won = {name: going_on.won(drafts, held.confidence, setting) for name, held in confidences.items()}
    first = next(iter(fits))
    return Report(
        judged=tuple(
            _judged(name, drafts, held, draws.mean(won[name]), draws, seed) for name, held in confidences.items()
        ),
        confidences=confidences,
        drafts=drafts,
        differences={name: draws.mean(each - won[first]) for name, each in won.items() if name != first},
    )


def _judged(name: str, drafts: Drafts, held: HeldOut, utility: Estimate, draws: Resampling, seed: int) -> Judged:
    doubted = _doubted(drafts, held.confidence)
    wrong = ~drafts.right
    return Judged(
        name=name,
        models=tuple(
            _of_model(drafts, held.score, number, seed)
            for number in range(len(drafts.models))
            if (drafts.model == number).any()
        ),
        calibration_error=calibration_error(held.confidence, drafts.right),
        not_sure=float(doubted.mean()),
        not_sure_wrong=_share(wrong, doubted, draws),
        wrong_not_sure=_share(doubted, wrong, draws),
        utility=utility,
    )


def _of_model(drafts: Drafts, score: Floats, number: int, seed: int) -> OfModel:
    mine = drafts.model == number
    sure, right, which = score[mine], drafts.right[mine], drafts.set[mine]
    return OfModel(
        model_id=drafts.models[number],
        drafts=int(mine.sum()),
        right=float(right.mean()),
        auroc=estimate(sure, right, drafts.question[mine], seed),
        by_set={
            name: auroc(sure[which == at], right[which == at])
            for at, name in enumerate(drafts.sets)
            if (which == at).any()
        },
        selective=tuple(selective(sure, right, coverage) for coverage in COVERAGES),
    )


def selective(confidence: Floats, right: Bools, coverage: float) -> float:
    """Return the accuracy of the surest drafts; ``coverage`` is their share of all drafts.

    Equal confidences count in proportion.
    """
    order = np.argsort(-confidence, kind="stable")
    count = max(round(coverage * len(order)), 1)
    bound = confidence[order][count - 1]
    above, tied = confidence > bound, confidence == bound
    left = count - int(above.sum())
    return float((right[above].sum() + left * right[tied].mean()) / count)


def calibration_error(confidence: Floats, right: Bools, bins: int = 10) -> float:
    """Return the expected calibration error over equal bins of confidence.

    See Guo et al., arXiv 1706.04599, section 2.
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    off = np.bincount(place, weights=right - confidence, minlength=bins)
    return float(np.abs(off).sum() / len(right))


def _doubted(drafts: Drafts, confidence: Floats) -> Bools:
    """Return which drafts are called not sure, by a threshold chosen on the other sets, bool[n]."""
    found = np.zeros(len(drafts), dtype=bool)
    for number in np.unique(drafts.set).tolist():
        mine = drafts.set == number
        found[mine] = confidence[mine] < threshold(confidence[~mine], drafts.right[~mine])
    return found


def _share(of: Bools, among: Bools, draws: Resampling) -> Estimate:
    """Return the share of the drafts ``among`` that are ``of``, with its interval."""
    if not among.any():
        return Estimate(mean=float("nan"), low=float("nan"), high=float("nan"))
    both = (of & among).astype(np.float64)
    per_draw = (draws.weights @ both) / np.maximum(draws.weights @ among.astype(np.float64), 1e-9)
    return draws.of(float(both.sum() / among.sum()), per_draw)
