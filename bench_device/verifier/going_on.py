"""The utility of second drafts that a verifier calls for, on collected answers.

Their price counts as well. Each draft is judged by the confidence of a verifier that was not fitted on its set. The
step after it is the one that the runtime would take, by gains measured on the other sets; the collected answer of that
step is what it wins.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...records import CONTEXT_BINS
from ...router.labels.settings import Setting, lambda_of
from ...router.training.drafts import Drafts, Floats
from ...router.training.verify import gains
from ...router.verifier.gains import Gains
from ...router.verifier.going_on import LEAST_GAIN, SECOND_WAIT, wait_ms


def won(drafts: Drafts, confidence: Floats, setting: Setting) -> Floats:
    """Return the utility gained by a second draft after each draft, [n].

    It is 0 where the first draft is accepted. A step whose answer was not collected is not taken. Without a budget,
    as the rule answers.
    """
    candidates = {candidate.model_id: candidate for candidate in setting.candidates}
    price = lambda_of(setting.constraints.budget_ms)
    at = {
        (question, model, context): row
        for row, (question, model, context) in enumerate(
            zip(drafts.question.tolist(), drafts.model.tolist(), drafts.context.tolist(), strict=True)
        )
    }
    learned = _gains_without_each_set(drafts, confidence)
    found = np.zeros(len(drafts))
    for row, (question, model, context) in enumerate(
        zip(drafts.question.tolist(), drafts.model.tolist(), drafts.context.tolist(), strict=True)
    ):
        best, most = -1, LEAST_GAIN
        for to_model in range(model, len(drafts.models)):
            candidate = candidates.get(drafts.models[to_model])
            if candidate is None:
                continue
            for to_context, name in enumerate(CONTEXT_BINS):
                if to_model == model and to_context <= context:
                    continue
                second = at.get((question, to_model, to_context))
                if second is None:
                    continue
                gain = learned[int(drafts.set[row])].of(
                    drafts.models[model],
                    CONTEXT_BINS[context],
                    drafts.models[to_model],
                    name,
                    drafts.parameters[model],
                )
                wait = wait_ms(candidate, setting.context_tokens[name], int(drafts.tokens[row, 1]))
                worth = gain.expected(float(confidence[row])) - SECOND_WAIT * price * wait
                if worth > most:
                    best, most = second, worth
        if best >= 0:
            second_model = candidates[drafts.models[int(drafts.model[best])]]
            read, written = drafts.tokens[best]
            spent = 1000 * (read / second_model.prefill_tokens_per_s + written / second_model.decode_tokens_per_s)
            found[row] = drafts.quality[best] - drafts.quality[row] - price * spent
    return found


def _gains_without_each_set(drafts: Drafts, confidence: Floats) -> Mapping[int, Gains]:
    found = {}
    for number in np.unique(drafts.set).tolist():
        rest = drafts.set != number
        found[number] = Gains(gains(drafts.take(rest), confidence[rest]))
    return found
