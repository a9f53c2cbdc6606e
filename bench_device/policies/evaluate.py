"""Evaluate all policies on the measured answers of one board, cross-validated over questions and compared pairwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...records import Record
from ...router.training.examples import Floats
from ...router.training.settings import Settings
from ...router.training.train import Trained
from ..metrics.estimate import Estimate
from .board import Board, Bools, Chosen, Policy, joined, together
from .cascade import Cascade
from .curve import recovered
from .fixed import Always, BestFixed, Oracle, RandomShare
from .logistic import Logistic
from .metrics import InScenario, References, Worth, by_scenario, utility_of, worth
from .naive import Beside
from .nearest import Nearest
from .network import ONE_STEP, TWO_STEPS, Network
from .paths import NOT_FOUND
from .preference import preference
from .resample import Resampling
from .targets import Target

TINY, SMALL, MEDIUM, LARGE = range(4)
BIG, MID = "always big, large context", "always mid, large context"
SMALL_FIXED, SMALLEST = "always small, small context", "always smallest"
ROUTED = TWO_STEPS


class Curve(Record):
    """How well a policy ranks questions by their need for the big model; see ``curve``. Random gives .5, .5 and .8."""

    policy: str
    apgr: Estimate
    cpt50: Estimate
    cpt80: Estimate


class Difference(Record):
    """Mean difference in utility between two policies, ``policy`` minus ``than``, paired by question."""

    policy: str
    than: str
    utility: Estimate

    @property
    def significant(self) -> bool:
        """Whether the interval excludes 0."""
        return not self.utility.low <= 0.0 <= self.utility.high


class Apart(Record):
    """Result of one policy on one kind of questions."""

    kind: str
    policy: str
    questions: int
    quality: Estimate
    declined: float
    """Share of the answers that decline."""
    utility: Estimate


class Evaluation(Record):
    """Results of all policies."""

    fitted_on: int
    """Number of training questions, averaged over the folds."""
    judged_on: int
    """Number of evaluated questions, over all folds."""
    worths: tuple[Worth, ...]
    scenarios: tuple[tuple[InScenario, ...], ...]
    """Results by scenario of four systems: big, mid, small, routed."""
    curves: tuple[Curve, ...]
    differences: tuple[Difference, ...]
    """Differences of the routed system (FastGRNN with two steps) from each other policy."""
    beside: tuple[Beside, ...] = ()
    """Comparisons with the naive system on the questions it answered."""
    targets: tuple[Target, ...] = ()
    """Every policy and the naive system beside the two targets; empty where several settings are judged."""
    apart: tuple[Apart, ...] = ()
    """Results on kinds of questions that count in nothing else."""

    @property
    def escalating_pays(self) -> bool:
        """Whether the FastGRNN is significantly better with two steps than with one."""
        return any(each.than == ONE_STEP and each.utility.low > 0 for each in self.differences)


@dataclass(frozen=True)
class Played:
    """The joined evaluation boards of all folds, and every policy's choices on the joined board."""

    board: Board
    chosen: Mapping[str, Chosen]
    rankings: Mapping[str, Floats]
    """Scores of the policies that rank questions, [n]; higher for the big model."""
    fitted_on: int
    """Number of training questions, averaged over the folds."""

    def take(self, rows: Bools) -> Played:
        """Return the choices of the rows that a mask selects."""
        return Played(
            self.board.take(rows),
            {name: each.take(rows) for name, each in self.chosen.items()},
            {name: each[rows] for name, each in self.rankings.items()},
            self.fitted_on,
        )


def play(
    folds: Sequence[tuple[Board, Board]],
    *,
    confidence_feature: int,
    others: Sequence[Policy] = (),
    settings: Settings | None = None,
    confident: float = 0.0,
    seed: int = 0,
) -> Played:
    """Train every policy on the training board of each fold, and let it choose on the fold's evaluation board.

    ``confidence_feature``: column of the draft's mean logprob. ``others``: further policies, already configured.
    ``settings``: FastGRNN training settings. ``confident``: see
    :class:`~sanderling.bench_device.policies.network.Network`. Raises ValueError if the two boards of a fold share a
    question.
    """
    if any(set(training.question.tolist()) & set(judged.question.tolist()) for training, judged in folds):
        raise ValueError("a question is in both parts: what was learned by heart would count")
    board = joined([judged for _, judged in folds])
    weak, strong = Always(SMALLEST, 0, MEDIUM), Always(BIG, 3, LARGE)
    policies: list[Policy] = [strong, Always(MID, 2, LARGE), Always(SMALL_FIXED, 1, SMALL), weak, BestFixed(), *others]
    policies += [Nearest(), Logistic(), Cascade(confidence_feature), Oracle()]
    trained: dict[tuple[int, int], Trained] = {}
    policies += [
        Network(two_steps=two, settings=settings, confident=confident, trained=trained) for two in (False, True)
    ]
    chosen: dict[str, Chosen] = {}
    rankings: dict[str, Floats] = {}
    for policy in policies:
        seen = [_fold(policy, *fold, weak, strong, seed) for fold in folds]
        chosen[policy.name] = together([each for each, _ in seen])
        known = [ranking for _, ranking in seen if ranking is not None]
        if known:
            rankings[policy.name] = np.concatenate([_places(ranking) for ranking in known])
    at_random = RandomShare(chosen[ROUTED])
    at_random.fit(board, seed)
    chosen[at_random.name] = at_random.choose(board)
    fitted_on = round(float(np.mean([len(np.unique(training.question)) for training, _ in folds])))
    return Played(board, chosen, rankings, fitted_on)


def evaluate(played: Played, seed: int = 0) -> Evaluation:
    """Return the results of all policies, with intervals. ``seed``: for the bootstrap."""
    board, chosen = played.board, played.chosen
    draws = Resampling(board.question, seed)
    references = References(big=chosen[BIG], naive=chosen[MID], oracle=chosen[Oracle.name])
    return Evaluation(
        fitted_on=played.fitted_on,
        judged_on=len(np.unique(board.question)),
        worths=tuple(worth(name, each, board, references, draws) for name, each in chosen.items()),
        scenarios=tuple(by_scenario(name, chosen[name], board) for name in (BIG, MID, SMALL_FIXED, ROUTED)),
        curves=tuple(_curves(played.rankings, board, chosen[SMALLEST], chosen[BIG], draws)),
        differences=tuple(_differences(chosen, board, ROUTED, draws)),
    )


def apart(played: Played, kind: str, seed: int) -> tuple[Apart, ...]:
    """Return the results of all policies on questions of one kind."""
    board, draws = played.board, Resampling(played.board.question, seed)
    return tuple(
        Apart(
            kind=kind,
            policy=name,
            questions=len(board),
            quality=draws.mean(each.of(board, board.quality)),
            declined=float(each.of(board, board.second[..., NOT_FOUND]).mean()),
            utility=draws.mean(utility_of(each, board)),
        )
        for name, each in played.chosen.items()
    )


def _fold(
    policy: Policy, training: Board, judged: Board, weak: Policy, strong: Policy, seed: int
) -> tuple[Chosen, Floats | None]:
    """Train a policy; return its choices for ``judged``, and its preference for ``strong`` per question."""
    policy.fit(training, seed)
    ends = weak.choose(judged), strong.choose(judged)
    ranking = ends[1].of(judged, judged.quality) - ends[0].of(judged, judged.quality)
    return policy.choose(judged), ranking if isinstance(policy, Oracle) else preference(policy, judged, *ends)


def _places(ranking: Floats) -> Floats:
    """Return the rank of each value, scaled to 0..1; equal values share a rank.

    Ranks are needed because scores of different folds have no common scale.
    """
    _, place = np.unique(ranking, return_inverse=True)
    below = np.concatenate([[0], np.cumsum(np.bincount(place))])
    places: Floats = (below[place] + below[place + 1]) / (2 * len(ranking))
    return places


def _curves(
    rankings: Mapping[str, Floats], board: Board, weak: Chosen, strong: Chosen, draws: Resampling
) -> list[Curve]:
    found = []
    of_weak, of_strong = weak.of(board, board.quality), strong.of(board, board.quality)
    for name, ranking in rankings.items():
        whole = recovered(ranking, of_weak, of_strong)
        if np.isnan(whole.apgr):
            continue
        drawn = np.array([recovered(ranking, of_weak, of_strong, weights) for weights in draws.weights])
        # A resample without a gap has nothing to recover, and no say.
        drawn = drawn[~np.isnan(drawn[:, 0])]
        apgr, cpt50, cpt80 = (draws.of(value, drawn[:, i]) for i, value in enumerate(whole))
        found.append(Curve(policy=name, apgr=apgr, cpt50=cpt50, cpt80=cpt80))
    return found


def _differences(chosen: Mapping[str, Chosen], board: Board, routed: str, draws: Resampling) -> list[Difference]:
    ours = utility_of(chosen[routed], board)
    return [
        Difference(policy=routed, than=name, utility=draws.mean(ours - utility_of(each, board)))
        for name, each in chosen.items()
        if name != routed
    ]
