"""Turns the confidence in a draft and the draft's supporting notes into a verdict."""

from __future__ import annotations

from ...text.borne_out import BorneOut
from ...verdict import Verdict
from .signals import Signals


def judge(signals: Signals, bearing: BorneOut, confidence: float, not_sure_below: float) -> Verdict:
    """Return the verdict on a draft.

    ``confidence``: probability that it is right. ``not_sure_below``: the verifier's threshold.
    """
    by = () if signals.declined else bearing.by
    if confidence >= not_sure_below and by:
        return Verdict(label="borne_out", confidence=confidence, by=by)
    return Verdict(label="not_sure", confidence=confidence, by=by, reason=_why(signals, bearing))


def _why(signals: Signals, bearing: BorneOut) -> str:
    if signals.declined:
        return "the model did not find it in the notes"
    if not bearing.words:
        return "the notes do not say yes or no outright"
    if signals.share < 1.0 or not bearing.by:
        return "the notes do not say it outright"
    return "the notes have these words, but the model was in doubt"
