"""Writes ratings of answers into telemetry rows, for training routers."""

from __future__ import annotations

from ..errors import UsageError
from .row import Row
from .store import TelemetryStore

LOOKED_AT = 100
"""Number of newest rows searched for an answered one. Rows of failed requests have no answer."""
BAD = 3.0
"""Lowest score of a good answer; worse answers are not kept in the memory."""
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


def is_bad(given: str | float) -> bool:
    """Return whether a rating is below :data:`BAD`. Raises UsageError for what is no rating."""
    return score_of(given) < BAD


def rate(given: str | float, request_id: str | None = None) -> Row:
    """Rate an answer and return its telemetry row. ``request_id`` None: the last answer.

    Raises UsageError for an invalid rating, for a request without a row, and when there are no rows at all.
    """
    score = score_of(given)
    with TelemetryStore() as store:
        if request_id is None:
            answered = [row for row in store.tail(LOOKED_AT) if not row.error]
            if not answered:
                raise UsageError("there is no answer to rate yet: run  sanderling ask  first")
            request_id = answered[-1].request_id
        return store.rate(request_id, score=score)
