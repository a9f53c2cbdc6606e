"""Prometheus metrics of requests, stages, and the service's state.

Seconds and bytes; every name begins with ``sanderling_``. What is counted is counted here as requests end; what is a
state is read when ``/metrics`` is.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest

from ..errors import Busy, Cancelled, ContextOverflow, UsageError, WorkerDied
from ..plain.completion import Completion
from ..records import Answer, Timings
from .generation import Generation
from .refusal import QueueFull, QueueTimeout
from .state_metrics import State
from .targets import tier_of

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
RATIOS = (0.1, 0.2, 0.5, 0.8, 1, 1.25, 2, 5, 10)
STAGES = {
    "embed": "embed",
    "retrieval": "retrieval",
    "router": "router",
    "context": "context",
    "load": "load",
    "llm": "llm",
    "writeback": "writeback",
}
"""Field of :class:`~sanderling.records.Timings` for each stage."""
NO_FAILURES = (Busy, Cancelled, CancelledError, ContextOverflow, UsageError)
"""Errors that do not count against a tier. The client caused them, or left."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The metrics of one service. All methods except :meth:`text` are called on the event loop."""

    def __init__(self, state: State) -> None:
        """``state``: collector of the metrics that are read on request."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no annotation there
        self.registry = registry = CollectorRegistry()

        def counter(name: str, help: str, *labels: str) -> Counter:
            return Counter(f"sanderling_{name}", help, labels, registry=registry)

        def histogram(name: str, help: str, *labels: str, buckets: Sequence[float] = SECONDS) -> Histogram:
            return Histogram(f"sanderling_{name}", help, labels, buckets=buckets, registry=registry)

        self._requests = counter("requests_total", "Requests that ended", "route", "model", "tier", "outcome")
        self._seconds = histogram("request_seconds", "From request to last byte", "model", "tier")
        self._first = histogram("time_to_first_token_seconds", "From request to first token", "model", "tier")
        self._between = histogram("inter_token_seconds", "Between two pieces of text", "model", "tier")
        self._queue = histogram("queue_seconds", "Wait for a model")
        self._rejected = counter("queue_rejected_total", "Questions that the queue refused", "reason")
        self._stages = histogram("stage_seconds", "Time of a stage of a request", "stage")
        self._prompt = counter("prompt_tokens_total", "Prompt tokens", "model")
        self._cached = counter("prompt_tokens_cached_total", "Prompt tokens not computed again", "model")
        self._generated = counter("generated_tokens_total", "Generated tokens", "model")
        self._decisions = counter("router_decisions_total", "What the router chose", "router", "model", "context")
        self._escalations = counter("router_escalations_total", "Drafts replaced by a second one")
        self._ratio = histogram("router_predicted_over_actual", "Predicted time over actual", buckets=RATIOS)
        self._deaths = counter("worker_deaths_total", "Workers that died during a request", "model")
        self._hits = counter("response_cache_hits_total", "Answers from the response cache")
        self._tier_requests = counter("tier_requests_total", "Generations by tier", "tier")
        self._tier_failures = counter("tier_failures_total", "Generations that failed by tier", "tier", "kind")
        for reason in ("full", "timeout"):
            self._rejected.labels(reason)
        registry.register(state)

    def text(self) -> bytes:
        """Return all metrics in Prometheus's text format 0.0.4."""
        return generate_latest(self.registry)

    def ended(self, route: str, model: str, outcome: str, seconds: float) -> None:
        """Count a finished request. ``route``: its path in the table. ``model``: empty if no model was called."""
        self._requests.labels(route, model, tier_of(model) if model else "", outcome).inc()
        if model:
            self._seconds.labels(model, tier_of(model)).observe(seconds)

    def refused(self, error: BaseException) -> None:
        """Count a question that the queue refused. All other errors are ignored."""
        if isinstance(error, QueueTimeout):
            self._rejected.labels("timeout").inc()
        elif isinstance(error, QueueFull):
            self._rejected.labels("full").inc()

    def generated(self, generation: Generation[Any]) -> None:
        """Count a finished generation once, regardless of its number of listeners."""
        route, error = generation.ticket.route, generation.error
        model = route.model_id if route is not None else ""
        tier = tier_of(model)
        if error is not None:
            self.refused(error)
            if isinstance(error, WorkerDied):
                self._deaths.labels(model).inc()
            if model and not isinstance(error, NO_FAILURES):
                self._tier_requests.labels(tier).inc()
                self._tier_failures.labels(tier, type(error).__name__).inc()
            return
        answer = generation.answer
        if isinstance(answer, Answer):
            self._answered(answer)
        for done in [answer] if isinstance(answer, Completion) else answer if isinstance(answer, list) else []:
            self._tokens(done.model_id, done.prompt_tokens, done.cached_tokens, len(done.tokens))
            self._staged(done.timings_ms)
        if model:
            self._tier_requests.labels(tier).inc()
            self._queue.observe(generation.ticket.queue_ms / 1e3)
            times = generation.times_s
            if times:
                self._first.labels(model, tier).observe(times[0] - generation.began_s)
            between = self._between.labels(model, tier)
            for earlier, later in pairwise(times):
                between.observe(later - earlier)

    def _answered(self, answer: Answer) -> None:
        route = answer.route
        self._staged(answer.timings_ms)
        if answer.cached:
            self._hits.inc()
        if not route.model_id or answer.cached:
            return
        self._tokens(route.model_id, answer.tokens.prompt, answer.tokens.cached, answer.tokens.completion)
        self._decisions.labels(route.router.partition(":")[0], route.model_id, route.context_bin).inc()
        if route.escalated_from:
            self._escalations.inc()
        actual_ms = answer.timings_ms.load + answer.timings_ms.llm
        if route.predicted_ms > 0 and actual_ms > 0:
            self._ratio.observe(route.predicted_ms / actual_ms)

    def _tokens(self, model: str, prompt: int, cached: int, generated: int) -> None:
        self._prompt.labels(model).inc(prompt)
        self._cached.labels(model).inc(cached)
        self._generated.labels(model).inc(generated)

    def _staged(self, timings: Timings) -> None:
        for field, stage in STAGES.items():
            spent_ms = getattr(timings, field)
            if spent_ms:
                self._stages.labels(stage).observe(spent_ms / 1e3)
