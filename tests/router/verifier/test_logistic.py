from __future__ import annotations

import numpy as np
import pytest

from sanderling.router.verifier.logistic import Logistic
from sanderling.router.verifier.signals import Signals, columns

SIGNALS = Signals(mean_logprob=-1.0, min_logprob=-3.0, margin=1.0, entropy=0.5, tokens=3, share=0.5, declined=False)


def test_a_signal_counts_by_its_coefficient_and_others_do_not() -> None:
    rule = Logistic(coefficients={"mean_logprob": 2.0, "share": 1.0}, intercept=0.25, not_sure_below=0.3)
    assert rule.confidence(SIGNALS) == pytest.approx(1 / (1 + np.exp(2.0 - 0.5 - 0.25)))
    assert rule.confidences(columns([SIGNALS, SIGNALS])).shape == (2,)
