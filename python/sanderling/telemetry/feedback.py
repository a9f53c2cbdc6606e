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
    """Rate an answer and return its telemetry row.

    ``request_id``: the id of its request or the beginning of it; None: the last answer. Raises UsageError for an
    invalid rating, for a request without a row, for the beginning of several, and when there are no rows at all.
    """
    score = score_of(given)
    with TelemetryStore() as store:
        if request_id is None:
            answered = [row for row in store.tail(LOOKED_AT) if not row.error]
            if not answered:
                raise UsageError("there is no answer to rate yet: run  sanderling ask  first")
            request_id = answered[-1].request_id
        return store.rate(_whole(store, request_id), score=score)


def _whole(store: TelemetryStore, beginning: str) -> str:
    """Return the only id that begins so. Raises UsageError if there is none, or several of which it is none itself."""
    # Ids are UUIDs, and SQLite takes no lone surrogate, which a command line may hold.
    found = [row.request_id for row in store.beginning(beginning)] if beginning and beginning.isascii() else []
    if not found:
        raise UsageError(f"there is no request {beginning[:100]} in the telemetry: sanderling log  shows their ids")
    if len(found) > 1 and found[0] != beginning:
        raise UsageError(f"{beginning} begins more than one id: give more of it, as  sanderling log --json  shows it")
    return found[0]
