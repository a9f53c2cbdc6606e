"""The telemetry row of a request: features, route, cost and quality.

For training a router, a row also holds the caller's ``constraints``, the ``versions`` of everything that gives its
numbers their meaning, and the ``filter`` under which distances were measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from ..constraints import Constraints
from ..departure import Departure
from ..filter import EVERYTHING, Filter
from ..records import AttentionResult, ContextBin, MemoryUse, Plan, Record, Route, SearchStats, Timings, TokenCounts
from ..verdict import Verdict

QualityLabel = Literal["correct", "partial", "wrong"]


class Arm(Record):
    """A model and context size among the router's choices."""

    model_id: str
    rung: int
    """Place of the model in its ladder, smallest first, from 0."""
    context_bin: ContextBin
    predicted_ms: float


class RouterDecision(Record):
    """The router's choice of model, context size and sampling."""

    model_id: str
    context_size: int
    """Limit on the notes in the prompt, in tokens."""
    temperature: float
    top_p: float
    propensity: float
    """Probability with which the router chose the first draft's arm. That is this arm or, if set, ``drafted_by``."""
    escalated: bool
    """Whether this model, or this context size, replaced a first draft."""
    context_bin: ContextBin | None = None
    """Chosen context size; None in a row of an older version."""
    drafted_by: str = ""
    """Model whose draft was rejected; empty for a first draft."""
    plan: Plan = "graph"
    """How the notes were searched; ``quote``: no model answered."""
    max_docs: int = 0
    """Most documents allowed in the prompt; 0: as many as fit."""
    drafted_bin: ContextBin | None = None
    """Context size of the rejected draft; None for a first draft, and in some rows of an older version."""


class RetrievalStats(Record):
    """Distances of the hits, and statistics of their attention."""

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
    """Judgement of the answer; fields not judged yet are None."""

    label: QualityLabel | None = None
    score: float | None = None
    """1 to 5."""
    judge_model: str | None = None
    """Model that judged; None: a person, or nobody yet."""


class Versions(Record):
    """Versions of the components that wrote the row.

    Training must not mix rows of different ``features`` or ``router``.
    """

    package: str = ""
    features: int = 0
    """Version of the router's feature table."""
    prompt: str = ""
    """Version of the prompt's form and block heads, such as ``2 short``; empty: an older version."""
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
    """The question; empty if the telemetry may not keep words."""
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
    """Filter of the notes; None: no filter, or the telemetry may not keep words."""
    arms: tuple[Arm, ...] = ()
    """The choices that the router's masks allowed; empty in a row of an older version."""
    cached: bool = False
    """Whether the answer came from the response cache; times and tokens are then not the model's."""
    error: str = ""
    """Class of the error after routing, such as ``WorkerDied``; empty if the request was answered."""
    verdict: Verdict | None = None
    """Whether the notes support the answer; None: not judged, or a row of an older version."""
    declined: bool | None = None
    """Whether the answer says that the notes do not tell; None: no answer, or a row of an older version."""
    sources: tuple[str, ...] = ()
    """Node ids of the notes shown to the model."""
    experiment: str = ""
    """Live comparison and arm of the request, as ``NAME/ARM``; empty: none."""
    tier: str = ""
    """Tier of the model that answered; empty: this device."""
    departures: tuple[Departure, ...] = ()
    """Requests sent to other machines, answered or not."""

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
        error: str = "",
        verdict: Verdict | None = None,
        declined: bool | None = None,
        sources: Sequence[str] = (),
        experiment: str = "",
        departures: Sequence[Departure] = (),
    ) -> Row:
        """Return the telemetry row of one request.

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
                drafted_bin=route.drafted_bin,
                plan=route.plan,
                max_docs=route.max_docs,
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
            error=error,
            verdict=verdict,
            declined=declined,
            sources=tuple(sources),
            experiment=experiment,
            tier=route.tier,
            departures=tuple(departures),
        )
