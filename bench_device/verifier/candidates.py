"""The compared verifiers; none judges a set of questions that it was fitted to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ...router.labels.settings import Setting
from ...router.training import verify
from ...router.training.drafts import Drafts, Floats
from ...router.training.settings import Settings
from ...router.verifier.unfitted import scores
from . import network

Fit = Callable[[Drafts], Callable[[Drafts], Floats]]


class Candidate(NamedTuple):
    """A verifier to be compared."""

    fit: Fit
    score: Callable[[Drafts], Floats] | None = None
    """Ranking of drafts that needs no fit; None: there is none."""


UNFITTED, LOGISTIC, FASTGRNN = "unfitted", "logistic", "FastGRNN"


def fits(setting: Setting | None, settings: Settings) -> Mapping[str, Candidate]:
    """Return the candidates to compare, by name.

    ``setting``: device and models of the FastGRNN's other features; None: without the FastGRNN.
    """

    def unfitted(drafts: Drafts) -> Callable[[Drafts], Floats]:
        rule = verify.unfitted(drafts)
        return lambda judged: rule.confidences(judged.values)

    def logistic(drafts: Drafts) -> Callable[[Drafts], Floats]:
        regression = verify.logistic(drafts)
        return lambda judged: regression.confidences(judged.values)

    found = {UNFITTED: Candidate(unfitted, lambda drafts: scores(drafts.values)), LOGISTIC: Candidate(logistic)}
    if setting is not None:

        def fastgrnn(drafts: Drafts) -> Callable[[Drafts], Floats]:
            weights = network.fitted(drafts, setting, settings)
            return lambda judged: network.confidences(weights, judged, setting)

        found[FASTGRNN] = Candidate(fastgrnn)
    return found
