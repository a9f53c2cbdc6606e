"""Write a person's ratings of answers into the telemetry rows from which routers are trained."""

from __future__ import annotations

from ..errors import UsageError
from .row import Row
from .store import TelemetryStore

WORDS = {"down": 1.0, "up": 5.0}


def score_of(given: str | float) -> float:
    """Convert ``up``, ``down`` or a number to a score of 1 to 5. Raises UsageError for anything else."""
    try:
        score = WORDS[given] if isinstance(given, str) and given in WORDS else float(given)
    except ValueError:
        score = 0.0
    if not 1 <= score <= 5:
        raise UsageError(f"{given} is no rating: give up, down, or a number from 1 to 5")
    return score


def rate(given: str | float, request_id: str | None = None) -> Row:
    """Rate an answer and return its telemetry row. ``request_id`` None: the last answer.

    Raises UsageError for an invalid rating, for a request without a row, and when there are no rows at all.
    """
    score = score_of(given)
    with TelemetryStore() as store:
        if request_id is None:
            last = store.tail(1)
            if not last:
                raise UsageError("there is no answer to rate yet: run  sanderling ask  first")
            request_id = last[0].request_id
        return store.rate(request_id, score=score)
