"""The FastGRNN's second step as a verifier.

Its last output is trained as the probability that the draft is wrong.
"""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from ...records import CONTEXT_BINS, PLANS
from ...router import features
from ...router.fastgrnn import ESCALATE, Weights
from ...router.labels.settings import Setting
from ...router.labels.table import signals_of
from ...router.training.card import decode, encode
from ...router.training.drafts import Drafts, Floats
from ...router.training.examples import MODELS, NO_LABEL, Examples
from ...router.training.loss import Terms
from ...router.training.measure import outputs
from ...router.training.settings import Settings
from ...router.training.train import train
from ...router.training.weights import parameters_of

ONLY_THE_VERDICT = Terms(alpha=0.0, beta=0.0, eta=0.0)
"""Leaves the cross-entropy of the second step alone."""


def examples(drafts: Drafts, setting: Setting) -> Examples:
    """Return one training row per draft.

    The first step is as in ``setting``, and the second has the draft's signals. The gain of going on is +1 after a
    wrong draft and -1 after a right one, so that the last output learns the probability of a wrong draft.
    """
    n = len(drafts)
    around = (
        features.of_request(setting.constraints, setting.device_class, setting.free_ram_bytes, setting.strain)
        | features.of_candidates(setting.candidates, setting.context_tokens["medium"])
        | features.of_conversation(setting.turn, setting.previous, setting.held_tokens)
    )
    first = np.stack([features.vector(dict(drafts.asked[at].raw) | around) for at in drafts.question.tolist()])
    second = first.copy()
    rungs = {candidate.model_id: candidate.rung for candidate in setting.candidates}
    for at, tried in enumerate(drafts.tried):
        seen = signals_of(tried) | features.of_second_step(rungs.get(tried.model_id, 0), None)
        slots = [features.INDEX[name] for name in seen]
        second[at, slots] = features.vector(seen)[slots]
    utility = np.full((n, MODELS, len(CONTEXT_BINS)), np.nan)
    rung = np.array([rungs.get(tried.model_id, 0) for tried in drafts.tried], dtype=np.int64)
    utility[np.arange(n), rung, drafts.context] = drafts.quality
    none, unknown = np.full(n, NO_LABEL, dtype=np.int64), np.full(n, np.nan)
    return Examples(
        first=first,
        second=second,
        question=drafts.question,
        utility=utility,
        y_model=none,
        y_context=none,
        y_temperature=unknown,
        y_top_p=unknown,
        gain=np.where(drafts.right, -1.0, 1.0),
        plan=np.full((n, len(PLANS)), np.nan),
    )


def fitted(drafts: Drafts, setting: Setting, settings: Settings) -> Weights:
    """Train a FastGRNN as a verifier on ``drafts``, and calibrate it on held-out drafts."""
    names = tuple(candidate.model_id for candidate in setting.candidates)
    found = train(examples(drafts, setting), names, features.VERSION, settings=settings, terms=ONLY_THE_VERDICT)
    card = replace(decode(found.weights.card), verifies=True)
    return Weights(**{**vars(found.weights), "card": encode(card, card.held_out)})


def confidences(weights: Weights, drafts: Drafts, setting: Setting) -> Floats:
    """Return the probability that each draft is right, [n]."""
    y = outputs(parameters_of(weights), examples(drafts, setting), weights.mean, weights.std)[-1]
    found: Floats = 1.0 / (1.0 + np.exp(np.clip(y[:, ESCALATE].astype(np.float64), -30, 30)))
    return found
