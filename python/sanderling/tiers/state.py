"""The state of each tier of a runtime, as a record."""

from __future__ import annotations

from ..privacy import Trust
from ..records import Record
from ..remote.breaker import State
from .tiers import Tiers


class TierState(Record):
    """The state of one tier."""

    name: str
    address: str
    """Host and port of the tier."""
    trust: Trust
    models: dict[str, int]
    """Ids of its models, each with the longest prompt and answer together, in tokens."""
    breaker: State
    """State of the circuit breaker. ``open``: the tier has failed and is left alone for a while."""
    running: int
    """Number of questions that the tier answers now."""
    asked: int
    sent_bytes: int
    failures: dict[str, int]
    """Number of failures, by kind."""
    last_error: str


def states(tiers: Tiers) -> tuple[TierState, ...]:
    """Return the state of each tier, in the order of ``config.toml``."""
    return tuple(
        TierState(
            name=tier.name,
            address=tier.server.place,
            trust=tier.settings.owner,
            models={model.id: model.model.context_tokens for model in tiers.models if model.tier is tier},
            breaker=tier.breaker.state,
            running=tier.running,
            asked=tier.asked,
            sent_bytes=tier.sent_bytes,
            failures=dict(tier.failures),
            last_error=tier.last_error,
        )
        for tier in tiers.tiers
    )
