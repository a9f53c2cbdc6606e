"""All policies on one board: fitted on one part of the questions, judged on the other, compared in pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sanderling.records import Record
from sanderling.router.training.settings import Settings

from ..evaluate import Estimate
from .board import Board, Chosen, Policy
from .cascade import Cascade
from .curve import recovered
from .fixed import Always, Oracle, RandomShare
from .logistic import Logistic
from .metrics import Worth, utility_of, worth
from .nearest import Nearest
from .network import Network
from .preference import preference
from .resample import Resampling

SMALL, MEDIUM, LARGE = range(3)


class Curve(Record):
    """How well a policy ranks questions for the big model; see :mod:`.curve`. Random is .5, .5 and .8."""

    policy: str
    apgr: Estimate
    cpt50: Estimate
    cpt80: Estimate


class Difference(Record):
    """Mean utility of ``policy`` minus that of ``than``, question by question."""

    policy: str
    than: str
    utility: Estimate

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return not self.utility.low <= 0.0 <= self.utility.high


class Evaluation(Record):
    """All of it."""

    fitted_on: int
    judged_on: int
    """Questions."""
    worths: tuple[Worth, ...]
    curves: tuple[Curve, ...]
    differences: tuple[Difference, ...]
    """Of the routed system, FastGRNN with two steps, from each of the others."""


def evaluate(
    training: Board,
    judged: Board,
    *,
    confidence_feature: int,
    others: Sequence[Policy] = (),
    settings: Settings | None = None,
    seed: int = 0,
) -> Evaluation:
    """Fit on ``training``, judge on ``judged``; the two share no question, or ValueError.

    ``confidence_feature``: column of the draft's mean logprob. ``others``: policies beside ours, already configured.
    ``settings``: of the FastGRNN's training.
    """
    if set(training.question.tolist()) & set(judged.question.tolist()):
        raise ValueError("a question is in both parts: what was learned by heart would count")
    draws = Resampling(judged.question, seed)
    largest = judged.quality.shape[1] - 1
    big, naive = Always("always big, large context", largest, LARGE), Always("always mid", 1, MEDIUM)
    small = Always("always small", 0, MEDIUM)
    oracle, routed = Oracle(), Network(two_steps=True, settings=settings)
    policies: list[Policy] = [big, naive, small, Nearest(), Logistic(), Cascade(confidence_feature)]
    policies += [*others, Network(two_steps=False, settings=settings), routed, oracle]
    chosen: dict[str, Chosen] = {}
    for policy in policies:
        policy.fit(training, seed)
        chosen[policy.name] = policy.choose(judged)
    at_random = RandomShare(chosen[routed.name])
    at_random.fit(training, seed)
    chosen[at_random.name] = at_random.choose(judged)

    references = chosen[big.name], chosen[naive.name], chosen[oracle.name]
    ours = utility_of(chosen[routed.name], judged)
    return Evaluation(
        fitted_on=len(np.unique(training.question)),
        judged_on=len(np.unique(judged.question)),
        worths=tuple(worth(name, each, judged, *references, draws) for name, each in chosen.items()),
        curves=tuple(_curves(policies, judged, chosen[small.name], chosen[big.name], draws)),
        differences=tuple(
            Difference(policy=routed.name, than=name, utility=draws.mean(ours - utility_of(each, judged)))
            for name, each in chosen.items()
            if name != routed.name
        ),
    )


def _curves(policies: Sequence[Policy], board: Board, weak: Chosen, strong: Chosen, draws: Resampling) -> list[Curve]:
    found = []
    of_weak, of_strong = weak.of(board, board.quality), strong.of(board, board.quality)
    for policy in policies:
        ranking = preference(policy, board, weak, strong)
        if isinstance(policy, Oracle):
            ranking = of_strong - of_weak
        whole = None if ranking is None else recovered(ranking, of_weak, of_strong)
        if ranking is None or whole is None or np.isnan(whole.apgr):
            continue
        drawn = np.array([recovered(ranking, of_weak, of_strong, weights) for weights in draws.weights])
        # A resample without a gap has nothing to recover, and no say.
        drawn = drawn[~np.isnan(drawn[:, 0])]
        apgr, cpt50, cpt80 = (draws.of(value, drawn[:, i]) for i, value in enumerate(whole))
        found.append(Curve(policy=policy.name, apgr=apgr, cpt50=cpt50, cpt80=cpt80))
    return found
