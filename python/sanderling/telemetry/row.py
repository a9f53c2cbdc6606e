"""One telemetry row per request: what was asked of the router, what it chose, what that cost and how good it was.

The fields are those of the mission's telemetry schema (section 4.5) with the additions of the design (section 5), and
three more that the router's training cannot do without: the caller's ``constraints``, the ``versions`` of everything
that gave the numbers their meaning, and the ``filter`` under which distances were measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from ..filter import EVERYTHING, Filter
from ..records import (
    AttentionResult,
    Constraints,
    ContextBin,
    MemoryUse,
    Record,
    Route,
    SearchStats,
    Timings,
    TokenCounts,
)

QualityLabel = Literal["correct", "partial", "wrong"]


class Arm(Record):
    """One choice that the router was allowed."""

    model_id: str
    rung: int
    context_bin: ContextBin
    predicted_ms: float


class RouterDecision(Record):
    """What the router chose."""

    model_id: str
    context_size: int
    """Tokens of notes allowed into the prompt."""
    temperature: float
    top_p: float
    propensity: float
    """Probability with which the first arm was chosen: this one, or that of ``drafted_by``."""
    escalated: bool
    """Whether this is the second try, after the draft of a smaller model was not accepted."""
    context_bin: ContextBin | None = None
    """None: an older version wrote the row."""
    drafted_by: str = ""
    """Model whose draft was not accepted; empty: this is the first try."""


class RetrievalStats(Record):
    """Distances of the hits, and what attention made of them."""

    k: int
    mean_distance: float
    std_distance: float
    min: float
    max: float
    entropy_attention: float
    """Nats."""
    depth_touched: int
    nodes_used: int
    """Notes shown to the model."""


class Quality(Record):
    """How good the answer was, once somebody has judged it."""

    label: QualityLabel | None = None
    score: float | None = None
    """1 to 5."""
    judge_model: str | None = None
    """None: a person judged, or nobody yet."""


class Versions(Record):
    """What produced the row. Rows of different ``features`` or ``router`` must not be mixed in training."""

    package: str = ""
    features: int = 0
    """Version of the feature table."""
    router: str = ""
    engine: str = ""
    embedder: str = ""


class Row(Record):
    """One request."""

    request_id: str
    timestamp: str
    """ISO-8601, UTC."""
    user_id: str
    """Salted hash, see ``user.py``."""
    query: str
    """Empty if the user's configuration keeps words out of the log."""
    router_features: tuple[float, ...]
    router_decision: RouterDecision
    retrieval_stats: RetrievalStats
    latency_ms: Timings
    tokens: TokenCounts
    memory: MemoryUse
    quality: Quality
    constraints: Constraints
    versions: Versions
    filter: Filter | None = None
    """Notes it was to be answered from; None: all, or the configuration keeps words out of the log."""
    arms: tuple[Arm, ...] = ()
    """What the masks left to choose from; empty: an older version wrote the row."""
    cached: bool = False
    """A kept answer: its times and tokens say nothing of the model it names."""

    @staticmethod
    def from_request(
        *,
        request_id: str,
        user_id: str,
        query: str,
        constraints: Constraints,
        features: Sequence[float],
        route: Route,
        stats: SearchStats,
        attended: AttentionResult,
        nodes_used: int,
        timings: Timings,
        tokens: TokenCounts,
        memory: MemoryUse,
        versions: Versions,
        quality: Quality | None = None,
        timestamp: str | None = None,
        filter: Filter | None = None,
        cached: bool = False,
        log_query_text: bool = True,
        arms: Sequence[Arm] = (),
    ) -> Row:
        """Assemble the row of one request.

        ``versions.router`` is taken from the route. ``quality`` None: not judged yet. ``timestamp`` None: now.
        Raises ValueError for a feature that is not finite: JSON cannot hold it and nothing could be trained on it.
        """
        values = tuple(float(value) for value in features)
        broken = [index for index, value in enumerate(values) if not math.isfinite(value)]
        if broken:
            raise ValueError(f"router features must be finite; not so at index {broken}")
        return Row(
            request_id=request_id,
            timestamp=timestamp or datetime.now(UTC).isoformat(timespec="milliseconds"),
            user_id=user_id,
            query=query if log_query_text else "",
            router_features=values,
            router_decision=RouterDecision(
                model_id=route.model_id,
                context_size=route.context_tokens,
                temperature=route.temperature,
                top_p=route.top_p,
                propensity=route.propensity,
                escalated=bool(route.escalated_from),
                context_bin=route.context_bin,
                drafted_by=route.escalated_from,
            ),
            retrieval_stats=RetrievalStats(
                k=stats.k,
                mean_distance=stats.mean_distance,
                std_distance=stats.std_distance,
                min=stats.min_distance,
                max=stats.max_distance,
                entropy_attention=attended.entropy,
                depth_touched=attended.depth_touched,
                nodes_used=nodes_used,
            ),
            latency_ms=timings,
            tokens=tokens,
            memory=memory,
            quality=quality or Quality(),
            constraints=constraints,
            versions=msgspec.structs.replace(versions, router=route.router),
            cached=cached,
            filter=filter if log_query_text and filter != EVERYTHING else None,
            arms=tuple(arms),
        )
