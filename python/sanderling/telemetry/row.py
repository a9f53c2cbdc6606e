"""The telemetry row of a request: the router's features, its choice, the cost, and the answer's quality.

For training a router, a row also holds the caller's ``constraints``, the ``versions`` of everything that gives its
numbers their meaning, and the ``filter`` under which distances were measured.
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
    """A model and context size that the router could have chosen."""

    model_id: str
    rung: int
    """Place of the model in its ladder, smallest first, from 0."""
    context_bin: ContextBin
    predicted_ms: float


class RouterDecision(Record):
    """The model, context size and sampling that the router chose."""

    model_id: str
    context_size: int
    """Bound of the notes in the prompt, tokens."""
    temperature: float
    top_p: float
    propensity: float
    """Probability with which the arm of the first draft was chosen: this one, or that of ``drafted_by``."""
    escalated: bool
    """Whether the draft of a smaller model was not accepted and this model answered instead."""
    context_bin: ContextBin | None = None
    """None: the row was written by an older version."""
    drafted_by: str = ""
    """Model whose draft was not accepted; empty for a first draft."""


class RetrievalStats(Record):
    """Distances of the hits, and statistics of the attention over them."""

    k: int
    mean_distance: float
    std_distance: float
    min: float
    max: float
    entropy_attention: float
    """Shannon entropy of the attention weights, nats."""
    depth_touched: int
    nodes_used: int
    """Number of notes shown to the model."""


class Quality(Record):
    """Judgement of the answer; every field is None until somebody judges it."""

    label: QualityLabel | None = None
    score: float | None = None
    """1 to 5."""
    judge_model: str | None = None
    """Model that judged; None: a person did, or nobody yet."""


class Versions(Record):
    """Versions of the components that produced the row.

    Training must not mix rows of different ``features`` or ``router``.
    """

    package: str = ""
    features: int = 0
    """Version of the table of router features."""
    prompt: str = ""
    """Version of the prompt's form and the head of its blocks, such as ``2 short``; empty: an older version."""
    router: str = ""
    engine: str = ""
    embedder: str = ""


class Row(Record):
    """Telemetry of one request."""

    request_id: str
    timestamp: str
    """ISO-8601, UTC."""
    user_id: str
    """Salted hash, see :mod:`sanderling.telemetry.user`."""
    query: str
    """The question; empty if the configuration keeps words out of the telemetry."""
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
    """The notes it could be answered from; None: all, or the configuration keeps words out of the telemetry."""
    arms: tuple[Arm, ...] = ()
    """The choices that no mask excluded; empty: the row was written by an older version."""
    cached: bool = False
    """Whether the answer came from the response cache; its times and tokens then do not describe the model."""

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
        """Return the row of one request.

        ``versions``: its ``router`` is taken from ``route``. ``quality`` None: not judged yet. ``timestamp`` None: now.
        ``log_query_text`` False: ``query`` and ``filter`` are left out.

        Raises ValueError for a feature that is not finite: JSON cannot hold it and no router could be trained on it.
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
