"""The telemetry's record of a request sent to another machine."""

from __future__ import annotations

from .privacy import Trust
from .records import Record


class Departure(Record):
    """One request sent to a tier."""

    timestamp: str
    """ISO-8601, UTC."""
    tier: str
    address: str
    """Host and port."""
    model_id: str
    trust: Trust
    sent_bytes: int
    """Length of the request's body."""
    notes: tuple[str, ...]
    """Ids of the notes that were sent, whole or in part."""
    turns: int = 0
    """Earlier turns of the conversation that were sent again."""
    outcome: str = ""
    """``answered``, or how it failed."""
