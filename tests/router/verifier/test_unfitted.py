from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.router.verifier.signals import NAMES, Signals, columns
from sanderling.router.verifier.unfitted import Unfitted, scores

RULE = Unfitted(a=1.0, b=0.5, c=1.0, not_sure_below=0.3)


def signals(mean: float = -0.2, share: float = 1.0, declined: bool = False, parameters: int = 10**9) -> Signals:
    return Signals(
        mean_logprob=mean,
        min_logprob=mean,
        margin=1.0,
        entropy=0.5,
        tokens=3,
        share=share,
        declined=declined,
        parameters=parameters,
    )


def test_the_score_is_the_mean_logprob_less_two_for_a_missing_word_and_five_for_declining() -> None:
    rows = columns([signals(), signals(share=0.5), signals(share=0.5, declined=True)])
    assert rows.shape == (3, len(NAMES))
    np.testing.assert_allclose(scores(rows), [-0.2, -2.2, -7.2])


def test_the_confidence_is_the_curve_of_the_score() -> None:
    assert RULE.confidence(signals(parameters=500_000_000)) == pytest.approx(1 / (1 + np.exp(-0.3)))
    assert RULE.confidence(signals(parameters=5_000_000_000)) > RULE.confidence(signals())


@given(st.floats(-50, 0), st.floats(0, 1), st.booleans())
def test_confidences_are_probabilities_and_fall_with_each_fault(mean: float, share: float, declined: bool) -> None:
    found = RULE.confidence(signals(mean, share, declined))
    assert 0.0 <= found <= 1.0
    assert RULE.confidence(signals(mean, 0.0, declined)) <= found <= RULE.confidence(signals(mean, 1.0, declined))
