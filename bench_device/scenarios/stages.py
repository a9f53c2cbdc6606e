"""Divide the time of one question among its stages."""

from __future__ import annotations

import math

from ...records import Timings

FIRST_TOKEN, FURTHER_TOKENS, REST, OUTSIDE = "first token", "further tokens", "rest", "outside the request"
STAGES = ("embed", "retrieval", "router", "context", "load", FIRST_TOKEN, FURTHER_TOKENS, REST)
"""The stages of a request. ``first token``: reading the prompt; the time goes by its length. ``rest``: the response
cache, waiting for a busy model, writing back, and time of no stage."""


def stages_ms(timings: Timings) -> dict[str, float]:
    """Return the milliseconds that each of :data:`STAGES` took in one request.

    They add up to its total.
    """
    # A second draft's time to the first token can be longer than nothing, never than its generation.
    first = min(timings.ttft, timings.llm)
    named = {stage: float(getattr(timings, stage)) for stage in STAGES[:5]}
    known = {**named, FIRST_TOKEN: first, FURTHER_TOKENS: timings.llm - first}
    return {**known, REST: max(0.0, timings.total - math.fsum(known.values()))}
