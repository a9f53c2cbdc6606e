"""Prints the requests sent to other machines, for ``sanderling log --left-device``.

For each, when it was sent and what it held.
"""

from __future__ import annotations

from collections import deque

from ..telemetry.row import Row
from ..telemetry.store import TelemetryStore
from . import output


def show(count: int, *, json: bool) -> None:
    """Print the last ``count`` questions that caused requests to other machines, newest last."""
    with TelemetryStore() as store:
        rows: deque[Row] = deque((row for row in store.rows() if row.departures), maxlen=count)
    if json:
        for row in rows:
            for each in row.departures:
                output.json_line(
                    {
                        "request_id": row.request_id,
                        "query": row.query,
                        "privacy": row.constraints.privacy,
                        "timestamp": each.timestamp,
                        "tier": each.tier,
                        "address": each.address,
                        "model_id": each.model_id,
                        "trust": each.trust,
                        "sent_bytes": each.sent_bytes,
                        "notes": each.notes,
                        "turns": each.turns,
                        "outcome": each.outcome,
                    }
                )
        return
    if not rows:
        output.line("nothing has left this device, as far as the log goes back")
        return
    output.table(
        ("WHEN", "TIER", "ADDRESS", "WHOSE", "BYTES", "NOTES", "TURNS", "OUTCOME", "QUERY"),
        [
            (
                each.timestamp[:19],
                each.tier,
                each.address,
                each.trust,
                f"{each.sent_bytes:,}",
                str(len(each.notes)),
                str(each.turns),
                each.outcome,
                row.query[:48],
            )
            for row in rows
            for each in row.departures
        ],
    )
    output.line("with the ids of the notes: sanderling log --left-device --json")
