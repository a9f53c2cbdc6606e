"""The verdict on an answer: whether the notes support it, and the probability that it is right."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from .text.said_verdict import said_verdict

Label: TypeAlias = Literal["borne_out", "not_sure"]


# No Record: records.py holds it as a field of its own values.
class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the notes support an answer. It is told from the draft and the notes that the model was shown."""

    label: Label
    confidence: float
    """Probability that the answer is right, calibrated on questions with known answers."""
    by: tuple[int, ...] = ()
    """Numbers of the sources that support the answer, from 1; empty: it is not sure."""
    reason: str = ""
    """Why the answer is not sure; empty for an answer that is borne out."""


def borne_out(verdict: Verdict | None) -> bool | None:
    """Return whether the notes support the answer; None without a verdict."""
    return None if verdict is None else verdict.label == "borne_out"


def said(verdict: Verdict) -> str:
    """Return the verdict in words. ``borne out by [1]``, or ``not sure: the notes do not say it outright``."""
    return said_verdict(verdict.label, verdict.by, verdict.reason)
